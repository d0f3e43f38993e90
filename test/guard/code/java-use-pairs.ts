/** Java that uses a library unsafely, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const JAVA_USE_PAIRS: readonly Pair[] = [
  {
    rule: 'java/weak-hash',
    vulnerable:
      'static byte[] digest(byte[] data) throws Exception {\n    return MessageDigest.getInstance("MD5").digest(data);\n}\n',
    safe: 'static byte[] digest(byte[] data) throws Exception {\n    return MessageDigest.getInstance("SHA-256").digest(data);\n}\n',
  },
  {
    rule: 'java/weak-cipher',
    vulnerable:
      'static byte[] seal(SecretKey key, byte[] data) throws Exception {\n    Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");\n    cipher.init(Cipher.ENCRYPT_MODE, key);\n    return cipher.doFinal(data);\n}\n',
    safe: 'static byte[] seal(SecretKey key, byte[] data, GCMParameterSpec nonce) throws Exception {\n    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");\n    cipher.init(Cipher.ENCRYPT_MODE, key, nonce);\n    return cipher.doFinal(data);\n}\n',
  },
  {
    rule: 'java/constant-iv',
    vulnerable:
      'static IvParameterSpec vector() {\n    return new IvParameterSpec("0123456789abcdef".getBytes());\n}\n',
    safe: 'static IvParameterSpec vector(SecureRandom random) {\n    byte[] bytes = new byte[16];\n    random.nextBytes(bytes);\n    return new IvParameterSpec(bytes);\n}\n',
  },
  {
    rule: 'java/weak-random',
    vulnerable:
      'String newCode() {\n    Random random = new Random();\n    String resetToken = "" + random.nextInt(1000000);\n    return resetToken;\n}\n',
    safe: 'String newCode() {\n    SecureRandom random = new SecureRandom();\n    String resetToken = "" + random.nextInt(1000000);\n    return resetToken;\n}\n',
  },
  {
    rule: 'java/weak-key',
    vulnerable:
      'static KeyPair keys() throws Exception {\n    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");\n    generator.initialize(1024);\n    return generator.generateKeyPair();\n}\n',
    safe: 'static KeyPair keys() throws Exception {\n    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");\n    generator.initialize(3072);\n    return generator.generateKeyPair();\n}\n',
  },
  {
    rule: 'java/hard-coded-credentials',
    vulnerable:
      'class Settings {\n    private static final String DB_PASSWORD = "tR9!mPq27xLw";\n\n    Connection open() throws SQLException {\n        return DriverManager.getConnection("jdbc:postgresql://db/app", "app", DB_PASSWORD);\n    }\n}\n',
    safe: 'class Settings {\n    private static final String DB_PASSWORD = System.getenv("DB_PASSWORD");\n\n    Connection open() throws SQLException {\n        return DriverManager.getConnection("jdbc:postgresql://db/app", "app", DB_PASSWORD);\n    }\n}\n',
  },
  {
    rule: 'java/tls-verification-off',
    vulnerable:
      'static CloseableHttpClient client() {\n    return HttpClients.custom().setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE).build();\n}\n',
    safe: 'static CloseableHttpClient client() {\n    return HttpClients.custom().setSSLHostnameVerifier(new DefaultHostnameVerifier()).build();\n}\n',
  },
  {
    rule: 'java/insecure-cookie',
    vulnerable:
      'void remember(HttpServletResponse response, String id) {\n    Cookie cookie = new Cookie("session", id);\n    cookie.setSecure(false);\n    response.addCookie(cookie);\n}\n',
    safe: 'void remember(HttpServletResponse response, String id) {\n    Cookie cookie = new Cookie("session", id);\n    cookie.setSecure(true);\n    response.addCookie(cookie);\n}\n',
  },
  {
    rule: 'java/cookie-without-httponly',
    vulnerable:
      'void remember(HttpServletResponse response, String id) {\n    Cookie cookie = new Cookie("session", id);\n    cookie.setHttpOnly(false);\n    response.addCookie(cookie);\n}\n',
    safe: 'void remember(HttpServletResponse response, String id) {\n    Cookie cookie = new Cookie("session", id);\n    cookie.setHttpOnly(true);\n    response.addCookie(cookie);\n}\n',
  },
  {
    rule: 'java/cors-any',
    vulnerable:
      'public void addCorsMappings(CorsRegistry registry) {\n    registry.addMapping("/api/**").allowedOrigins("*");\n}\n',
    safe: 'public void addCorsMappings(CorsRegistry registry) {\n    registry.addMapping("/api/**").allowedOrigins("https://example.com");\n}\n',
  },
  {
    rule: 'java/insecure-temp-file',
    vulnerable:
      'void dump(String text) throws IOException {\n    Files.writeString(Path.of("/tmp/report.txt"), text);\n}\n',
    safe: 'void dump(String text) throws IOException {\n    Files.writeString(Files.createTempFile("report", ".txt"), text);\n}\n',
  },
  {
    rule: 'java/permissive-mode',
    vulnerable:
      'void open(Path file) throws IOException {\n    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));\n}\n',
    safe: 'void open(Path file) throws IOException {\n    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));\n}\n',
  },
  {
    rule: 'java/secret-logged',
    vulnerable:
      'void login(String user, String password) {\n    log.debug("login of " + user + " with " + password);\n}\n',
    safe: 'void login(String user, String password) {\n    log.debug("login of a user");\n}\n',
  },
  {
    rule: 'java/jwt-verification-off',
    vulnerable:
      'Claims read(String token) {\n    return Jwts.parser().build().parseUnsecuredClaims(token).getPayload();\n}\n',
    safe: 'Claims read(String token) {\n    return Jwts.parser().verifyWith(key).build().parseSignedClaims(token).getPayload();\n}\n',
  },
];
