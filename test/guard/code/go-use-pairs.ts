/** Go that uses a library unsafely, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const GO_USE_PAIRS: readonly Pair[] = [
  {
    rule: 'go/text-template-page',
    vulnerable:
      'import "text/template"\n\nfunc show(w http.ResponseWriter, r *http.Request) {\n\tpage, err := template.New("page").Parse(text)\n\tif err != nil {\n\t\treturn\n\t}\n\tpage.Execute(w, r.FormValue("name"))\n}\n',
    safe: 'import "html/template"\n\nfunc show(w http.ResponseWriter, r *http.Request) {\n\tpage, err := template.New("page").Parse(text)\n\tif err != nil {\n\t\treturn\n\t}\n\tpage.Execute(w, r.FormValue("name"))\n}\n',
  },
  {
    rule: 'go/secret-logged',
    vulnerable:
      'func connect(user, password string) {\n\tlog.Printf("connecting as %s with %s", user, password)\n\tdial(user, password)\n}\n',
    safe: 'func connect(user, password string) {\n\tlog.Printf("connecting as %s, password set: %t", user, password != "")\n\tdial(user, password)\n}\n',
  },
  {
    rule: 'go/weak-random',
    vulnerable:
      'import "math/rand"\n\nfunc newToken() string {\n\ttoken := ""\n\tfor i := 0; i < 32; i++ {\n\t\ttoken += string(letters[rand.Intn(len(letters))])\n\t}\n\treturn token\n}\n',
    safe: 'import "crypto/rand"\n\nfunc newToken() (string, error) {\n\ttoken := make([]byte, 32)\n\tif _, err := rand.Read(token); err != nil {\n\t\treturn "", err\n\t}\n\treturn hex.EncodeToString(token), nil\n}\n',
  },
  {
    rule: 'go/weak-hash',
    vulnerable: 'func digest(data []byte) string {\n\treturn fmt.Sprintf("%x", md5.Sum(data))\n}\n',
    safe: 'func digest(data []byte) string {\n\treturn fmt.Sprintf("%x", sha256.Sum256(data))\n}\n',
  },
  {
    rule: 'go/password-hash',
    vulnerable:
      'func store(name, password string) error {\n\tsum := sha256.Sum256([]byte(password))\n\treturn save(name, hex.EncodeToString(sum[:]))\n}\n',
    safe: 'func store(name, password string) error {\n\tsum, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn save(name, string(sum))\n}\n',
  },
  {
    rule: 'go/few-iterations',
    vulnerable: 'func hash(text []byte) ([]byte, error) {\n\treturn bcrypt.GenerateFromPassword(text, 4)\n}\n',
    safe: 'func hash(text []byte) ([]byte, error) {\n\treturn bcrypt.GenerateFromPassword(text, 12)\n}\n',
  },
  {
    rule: 'go/weak-cipher',
    vulnerable: 'func seal(key []byte) (cipher.Block, error) {\n\treturn des.NewCipher(key)\n}\n',
    safe: 'func seal(key []byte) (cipher.Block, error) {\n\treturn aes.NewCipher(key)\n}\n',
  },
  {
    rule: 'go/weak-tls',
    vulnerable: 'var config = &tls.Config{MinVersion: tls.VersionTLS10}\n',
    safe: 'var config = &tls.Config{MinVersion: tls.VersionTLS12}\n',
  },
  {
    rule: 'go/weak-key',
    vulnerable: 'func key() (*rsa.PrivateKey, error) {\n\treturn rsa.GenerateKey(rand.Reader, 1024)\n}\n',
    safe: 'func key() (*rsa.PrivateKey, error) {\n\treturn rsa.GenerateKey(rand.Reader, 3072)\n}\n',
  },
  {
    rule: 'go/constant-iv',
    vulnerable:
      'func encrypt(block cipher.Block, text []byte) {\n\tmode := cipher.NewCBCEncrypter(block, []byte("0123456789abcdef"))\n\tmode.CryptBlocks(text, text)\n}\n',
    safe: 'func encrypt(block cipher.Block, text []byte) error {\n\tvector := make([]byte, aes.BlockSize)\n\tif _, err := io.ReadFull(rand.Reader, vector); err != nil {\n\t\treturn err\n\t}\n\tcipher.NewCBCEncrypter(block, vector).CryptBlocks(text, text)\n\treturn nil\n}\n',
  },
  {
    rule: 'go/tls-verification-off',
    vulnerable:
      'var client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}\n',
    safe: 'var client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}\n',
  },
  {
    rule: 'go/ssh-host-key',
    vulnerable:
      'func configuration(signer ssh.Signer) *ssh.ClientConfig {\n\treturn &ssh.ClientConfig{User: "deploy", HostKeyCallback: ssh.InsecureIgnoreHostKey()}\n}\n',
    safe: 'func configuration(signer ssh.Signer, known ssh.PublicKey) *ssh.ClientConfig {\n\treturn &ssh.ClientConfig{User: "deploy", HostKeyCallback: ssh.FixedHostKey(known)}\n}\n',
  },
  {
    rule: 'go/jwt-verification-off',
    vulnerable:
      'func claims(text string) (*jwt.Token, error) {\n\tparsed, _, err := new(jwt.Parser).ParseUnverified(text, jwt.MapClaims{})\n\treturn parsed, err\n}\n',
    safe: 'func claims(text string) (*jwt.Token, error) {\n\treturn jwt.Parse(text, keyOf, jwt.WithValidMethods([]string{"HS256"}))\n}\n',
  },
  {
    rule: 'go/hard-coded-credentials',
    vulnerable:
      'const dbPassword = "Tr0ub4dor-and-3"\n\nfunc open() (*sql.DB, error) {\n\treturn sql.Open("postgres", dsn("shop", dbPassword))\n}\n',
    safe: 'func open() (*sql.DB, error) {\n\treturn sql.Open("postgres", dsn("shop", os.Getenv("DB_PASSWORD")))\n}\n',
  },
  {
    rule: 'go/hard-coded-credentials',
    vulnerable:
      'var jwtKey = []byte("s3cr3t-Zk81-signing")\n\nfunc sign(claims jwt.Claims) (string, error) {\n\treturn jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(jwtKey)\n}\n',
    safe: 'var jwtKey = []byte(os.Getenv("JWT_KEY"))\n\nfunc sign(claims jwt.Claims) (string, error) {\n\treturn jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(jwtKey)\n}\n',
  },
  {
    rule: 'go/insecure-cookie',
    vulnerable:
      'func remember(w http.ResponseWriter, value string) {\n\thttp.SetCookie(w, &http.Cookie{Name: "session", Value: value, HttpOnly: true, Secure: false})\n}\n',
    safe: 'func remember(w http.ResponseWriter, value string) {\n\thttp.SetCookie(w, &http.Cookie{Name: "session", Value: value, HttpOnly: true, Secure: true})\n}\n',
  },
  {
    rule: 'go/cookie-without-httponly',
    vulnerable:
      'func remember(c *gin.Context, value string) {\n\tc.SetCookie("session", value, 3600, "/", "", true, false)\n}\n',
    safe: 'func remember(c *gin.Context, value string) {\n\tc.SetCookie("session", value, 3600, "/", "", true, true)\n}\n',
  },
  {
    rule: 'go/cors-any',
    vulnerable:
      'func share(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\tw.Header().Set("Access-Control-Allow-Origin", "*")\n\t\tnext.ServeHTTP(w, r)\n\t})\n}\n',
    safe: 'func share(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\tw.Header().Set("Access-Control-Allow-Origin", "https://app.example.com")\n\t\tnext.ServeHTTP(w, r)\n\t})\n}\n',
  },
  {
    rule: 'go/permissive-mode',
    vulnerable: 'func share(path string) error {\n\treturn os.Chmod(path, 0o666)\n}\n',
    safe: 'func share(path string) error {\n\treturn os.Chmod(path, 0o640)\n}\n',
  },
  {
    rule: 'go/permissive-creation',
    vulnerable: 'func prepare(folder string) error {\n\treturn os.MkdirAll(folder, 0777)\n}\n',
    safe: 'func prepare(folder string) error {\n\treturn os.MkdirAll(folder, 0o750)\n}\n',
  },
  {
    rule: 'go/insecure-temp-file',
    vulnerable: 'func dump(data []byte) error {\n\treturn os.WriteFile("/tmp/dump.json", data, 0o600)\n}\n',
    safe: 'func dump(data []byte) error {\n\tfile, err := os.CreateTemp("", "dump-*.json")\n\tif err != nil {\n\t\treturn err\n\t}\n\tdefer file.Close()\n\t_, err = file.Write(data)\n\treturn err\n}\n',
  },
  {
    rule: 'go/missing-timeout',
    vulnerable: 'func serve(routes http.Handler) error {\n\treturn http.ListenAndServe(":8080", routes)\n}\n',
    safe: 'func serve(routes http.Handler) error {\n\tserver := &http.Server{Addr: ":8080", Handler: routes, ReadHeaderTimeout: 5 * time.Second}\n\treturn server.ListenAndServe()\n}\n',
  },
  {
    rule: 'go/profiler-exposed',
    vulnerable:
      'import "net/http/pprof"\n\nfunc routes(mux *http.ServeMux) {\n\tmux.HandleFunc("/debug/pprof/", pprof.Index)\n}\n',
    safe: 'func routes(mux *http.ServeMux) {\n\tmux.HandleFunc("/health", health)\n}\n',
  },
  {
    rule: 'go/timing-comparison',
    vulnerable:
      'func isSigned(body, signature, key []byte) bool {\n\tmac := hmac.New(sha256.New, key)\n\tmac.Write(body)\n\treturn bytes.Equal(mac.Sum(nil), signature)\n}\n',
    safe: 'func isSigned(body, signature, key []byte) bool {\n\tmac := hmac.New(sha256.New, key)\n\tmac.Write(body)\n\treturn hmac.Equal(mac.Sum(nil), signature)\n}\n',
  },
];
