/** Java that lets data from outside reach where it does harm, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const JAVA_DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'java/sql-injection',
    vulnerable:
      'public class Users {\n    public User find(Connection db, HttpServletRequest request) throws SQLException {\n        String name = request.getParameter("name");\n        Statement statement = db.createStatement();\n        ResultSet rows = statement.executeQuery("SELECT * FROM users WHERE name = \'" + name + "\'");\n        return read(rows);\n    }\n}\n',
    safe: 'public class Users {\n    public User find(Connection db, HttpServletRequest request) throws SQLException {\n        String name = request.getParameter("name");\n        PreparedStatement statement = db.prepareStatement("SELECT * FROM users WHERE name = ?");\n        statement.setString(1, name);\n        return read(statement.executeQuery());\n    }\n}\n',
  },
  {
    rule: 'java/sql-injection',
    vulnerable:
      '@RestController\nclass Orders {\n    @GetMapping("/orders")\n    List<Order> list(@RequestParam String sort) {\n        StringBuilder sql = new StringBuilder("SELECT * FROM orders");\n        if (sort != null) {\n            sql.append(" ORDER BY ").append(sort);\n        }\n        return jdbc.query(sql.toString(), mapper);\n    }\n}\n',
    safe: '@RestController\nclass Orders {\n    @GetMapping("/orders")\n    List<Order> list(@RequestParam String sort, @RequestParam int limit) {\n        if (!Set.of("name", "price").contains(sort)) {\n            throw new IllegalArgumentException("sort");\n        }\n        StringBuilder sql = new StringBuilder("SELECT * FROM orders");\n        sql.append(" ORDER BY ").append(sort).append(" LIMIT ").append(limit);\n        return jdbc.query(sql.toString(), mapper);\n    }\n}\n',
  },
  {
    rule: 'java/sql-injection',
    vulnerable:
      'public List<Item> search(String text) {\n    String query = String.format("SELECT i FROM Item i WHERE i.title LIKE \'%%%s%%\'", text);\n    return entityManager.createQuery(query, Item.class).getResultList();\n}\n',
    safe: 'public List<Item> search(String text) {\n    return entityManager.createQuery("SELECT i FROM Item i WHERE i.title LIKE :text", Item.class)\n        .setParameter("text", "%" + text + "%")\n        .getResultList();\n}\n',
  },
  {
    rule: 'java/command-injection',
    vulnerable:
      '@PostMapping("/ping")\npublic String ping(@RequestParam("host") String host) throws IOException {\n    Process process = Runtime.getRuntime().exec("ping -c 1 " + host);\n    return new String(process.getInputStream().readAllBytes());\n}\n',
    safe: '@PostMapping("/ping")\npublic String ping(@RequestParam("host") String host) throws IOException {\n    if (!host.matches("[a-z0-9.]{1,60}")) {\n        throw new IllegalArgumentException("host");\n    }\n    Process process = new ProcessBuilder("ping", "-c", "1", host).start();\n    return new String(process.getInputStream().readAllBytes());\n}\n',
  },
  {
    rule: 'java/command-injection',
    vulnerable:
      'class Convert {\n    void run(HttpServletRequest req) throws Exception {\n        String file = req.getParameter("file");\n        String command = "convert " + file + " out.png";\n        new ProcessBuilder("/bin/sh", "-c", command).start();\n    }\n}\n',
    safe: 'class Convert {\n    void run(HttpServletRequest req) throws Exception {\n        int width = Integer.parseInt(req.getParameter("width"));\n        new ProcessBuilder("/bin/sh", "-c", "convert in.png -resize " + width + " out.png").start();\n    }\n}\n',
  },
  {
    rule: 'java/path-traversal',
    vulnerable:
      'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    String name = request.getParameter("file");\n    File file = new File("/var/data", name);\n    try (FileInputStream in = new FileInputStream(file)) {\n        in.transferTo(response.getOutputStream());\n    }\n}\n',
    safe: 'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    String name = request.getParameter("file");\n    Path root = Paths.get("/var/data").toRealPath();\n    Path file = root.resolve(name).normalize();\n    if (!file.startsWith(root)) {\n        response.sendError(404);\n        return;\n    }\n    Files.copy(file, response.getOutputStream());\n}\n',
  },
  {
    rule: 'java/path-traversal',
    vulnerable:
      '@GetMapping("/report/{name}")\npublic String report(@PathVariable String name) throws IOException {\n    return Files.readString(Path.of("/srv/reports/" + name));\n}\n',
    safe: '@GetMapping("/report/{id}")\npublic String report(@PathVariable long id) throws IOException {\n    return Files.readString(Path.of("/srv/reports/" + id + ".txt"));\n}\n',
  },
  {
    rule: 'java/xss',
    vulnerable:
      'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    String name = request.getParameter("name");\n    response.setContentType("text/html");\n    response.getWriter().println("<h1>Hello " + name + "</h1>");\n}\n',
    safe: 'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    String name = request.getParameter("name");\n    response.setContentType("text/html");\n    response.getWriter().println("<h1>Hello " + Encode.forHtml(name) + "</h1>");\n}\n',
  },
  {
    rule: 'java/ssrf',
    vulnerable:
      '@GetMapping("/preview")\npublic String preview(@RequestParam String address) throws Exception {\n    URL url = new URL(address);\n    try (InputStream in = url.openStream()) {\n        return new String(in.readAllBytes());\n    }\n}\n',
    safe: '@GetMapping("/preview")\npublic String preview(@RequestParam String page) throws Exception {\n    URL url = new URL("https://example.com/" + URLEncoder.encode(page, StandardCharsets.UTF_8));\n    try (InputStream in = url.openStream()) {\n        return new String(in.readAllBytes());\n    }\n}\n',
  },
  {
    rule: 'java/open-redirect',
    vulnerable:
      'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    response.sendRedirect(request.getParameter("next"));\n}\n',
    safe: 'protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {\n    response.sendRedirect("/home");\n}\n',
  },
  {
    rule: 'java/deserialisation',
    vulnerable:
      'protected void doPost(HttpServletRequest request, HttpServletResponse response) throws Exception {\n    ObjectInputStream in = new ObjectInputStream(request.getInputStream());\n    Cart cart = (Cart) in.readObject();\n    save(cart);\n}\n',
    safe: 'protected void doPost(HttpServletRequest request, HttpServletResponse response) throws Exception {\n    Cart cart = mapper.readValue(request.getInputStream(), Cart.class);\n    save(cart);\n}\n',
  },
  {
    rule: 'java/xxe',
    vulnerable:
      '@PostMapping("/import")\npublic void load(@RequestBody String xml) throws Exception {\n    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();\n    DocumentBuilder builder = factory.newDocumentBuilder();\n    store(builder.parse(new InputSource(new StringReader(xml))));\n}\n',
    safe: '@PostMapping("/import")\npublic void load(@RequestBody String json) throws Exception {\n    store(mapper.readTree(json));\n}\n',
  },
  {
    rule: 'java/ldap-injection',
    vulnerable:
      'public NamingEnumeration<?> find(DirContext context, HttpServletRequest request) throws Exception {\n    String filter = "(uid=" + request.getParameter("user") + ")";\n    return context.search("ou=people", filter, new SearchControls());\n}\n',
    safe: 'public NamingEnumeration<?> find(DirContext context, HttpServletRequest request) throws Exception {\n    String filter = "(uid=" + LdapEncoder.filterEncode(request.getParameter("user")) + ")";\n    return context.search("ou=people", filter, new SearchControls());\n}\n',
  },
  {
    rule: 'java/xpath-injection',
    vulnerable:
      'public String role(Document users, HttpServletRequest request) throws Exception {\n    XPath xpath = XPathFactory.newInstance().newXPath();\n    return xpath.evaluate("//user[@name=\'" + request.getParameter("name") + "\']/role", users);\n}\n',
    safe: 'public String role(Document users, HttpServletRequest request) throws Exception {\n    XPath xpath = XPathFactory.newInstance().newXPath();\n    int number = Integer.parseInt(request.getParameter("number"));\n    return xpath.evaluate("//user[" + number + "]/role", users);\n}\n',
  },
  {
    rule: 'java/code-injection',
    vulnerable:
      '@PostMapping("/calculate")\npublic Object calculate(@RequestParam String formula) throws Exception {\n    ScriptEngine engine = new ScriptEngineManager().getEngineByName("js");\n    return engine.eval(formula);\n}\n',
    safe: '@PostMapping("/calculate")\npublic Object calculate(@RequestParam double left, @RequestParam double right) {\n    return left + right;\n}\n',
  },
  {
    rule: 'java/template-injection',
    vulnerable:
      '@GetMapping("/greet")\npublic String greet(@RequestParam String text) {\n    StringWriter out = new StringWriter();\n    Velocity.evaluate(context, out, "greet", "Hello " + text);\n    return out.toString();\n}\n',
    safe: '@GetMapping("/greet")\npublic String greet(@RequestParam String text) {\n    StringWriter out = new StringWriter();\n    context.put("text", text);\n    Velocity.evaluate(context, out, "greet", "Hello $text");\n    return out.toString();\n}\n',
  },
  {
    rule: 'java/log-injection',
    vulnerable:
      '@PostMapping("/login")\npublic void login(@RequestParam String user) {\n    logger.info("failed login of " + user);\n}\n',
    safe: '@PostMapping("/login")\npublic void login(@RequestParam long id) {\n    logger.info("failed login of " + id);\n}\n',
  },
  {
    rule: 'java/header-injection',
    vulnerable:
      'protected void doGet(HttpServletRequest request, HttpServletResponse response) {\n    response.setHeader("X-Theme", request.getParameter("theme"));\n}\n',
    safe: 'protected void doGet(HttpServletRequest request, HttpServletResponse response) {\n    boolean isDark = "dark".equals(request.getParameter("theme"));\n    response.setHeader("X-Theme", isDark ? "dark" : "light");\n}\n',
  },
  {
    rule: 'java/unsafe-reflection',
    vulnerable:
      '@GetMapping("/run")\npublic Object run(@RequestParam String type) throws Exception {\n    return Class.forName(type).getDeclaredConstructor().newInstance();\n}\n',
    safe: '@GetMapping("/run")\npublic Object run(@RequestParam String type) throws Exception {\n    Supplier<Object> maker = MAKERS.get(type);\n    return maker == null ? null : maker.get();\n}\n',
  },
  {
    rule: 'java/archive-extraction',
    vulnerable:
      'void unpack(ZipInputStream zip, Path folder) throws IOException {\n    ZipEntry entry = zip.getNextEntry();\n    while (entry != null) {\n        Files.copy(zip, folder.resolve(entry.getName()));\n        entry = zip.getNextEntry();\n    }\n}\n',
    safe: 'void unpack(ZipInputStream zip, Path folder) throws IOException {\n    ZipEntry entry = zip.getNextEntry();\n    while (entry != null) {\n        Path target = folder.resolve(entry.getName()).normalize();\n        if (!target.startsWith(folder)) {\n            throw new IOException("outside of the folder");\n        }\n        Files.copy(zip, target);\n        entry = zip.getNextEntry();\n    }\n}\n',
  },
  {
    rule: 'java/regex-injection',
    vulnerable:
      '@GetMapping("/find")\npublic boolean find(@RequestParam String pattern) {\n    return Pattern.compile(pattern).matcher(TEXT).find();\n}\n',
    safe: '@GetMapping("/find")\npublic boolean find(@RequestParam String text) {\n    return Pattern.compile(Pattern.quote(text)).matcher(TEXT).find();\n}\n',
  },
  {
    rule: 'java/error-exposure',
    vulnerable:
      'void handle(HttpServletResponse response) throws IOException {\n    try {\n        work();\n    } catch (SQLException e) {\n        response.sendError(500, e.getMessage());\n    }\n}\n',
    safe: 'void handle(HttpServletResponse response) throws IOException {\n    try {\n        work();\n    } catch (SQLException e) {\n        response.sendError(500, "The order could not be saved.");\n    }\n}\n',
  },
];
