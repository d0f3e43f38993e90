/** Go that lets data from outside reach where it does harm, and its safe twin. */
import type { Pair } from './javascript-pairs.js';

export const GO_DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'go/sql-injection',
    vulnerable:
      'func FindUser(db *sql.DB, name string) (*sql.Row, error) {\n\tquery := fmt.Sprintf("SELECT id, mail FROM users WHERE name = \'%s\'", name)\n\treturn db.QueryRow(query), nil\n}\n',
    safe: 'func FindUser(db *sql.DB, name string) (*sql.Row, error) {\n\treturn db.QueryRow("SELECT id, mail FROM users WHERE name = $1", name), nil\n}\n',
  },
  {
    rule: 'go/sql-injection',
    vulnerable:
      'func (h *Handler) List(c *gin.Context) {\n\tsort := c.Query("sort")\n\tvar sql strings.Builder\n\tsql.WriteString("SELECT * FROM orders")\n\tif sort != "" {\n\t\tsql.WriteString(" ORDER BY " + sort)\n\t}\n\trows, err := h.db.QueryContext(c, sql.String())\n\th.answer(c, rows, err)\n}\n',
    safe: 'var columns = map[string]bool{"name": true, "price": true}\n\nfunc (h *Handler) List(c *gin.Context) {\n\tsort := c.Query("sort")\n\tif !columns[sort] {\n\t\tc.JSON(400, gin.H{"error": "sort"})\n\t\treturn\n\t}\n\tvar sql strings.Builder\n\tsql.WriteString("SELECT * FROM orders")\n\tsql.WriteString(" ORDER BY " + sort)\n\trows, err := h.db.QueryContext(c, sql.String())\n\th.answer(c, rows, err)\n}\n',
  },
  {
    rule: 'go/sql-injection',
    vulnerable:
      'func remove(w http.ResponseWriter, r *http.Request) {\n\tvar in struct{ Table, Mail string }\n\tif err := json.NewDecoder(r.Body).Decode(&in); err != nil {\n\t\thttp.Error(w, "bad request", 400)\n\t\treturn\n\t}\n\t_, err := db.Exec("DELETE FROM users WHERE mail = \'" + in.Mail + "\'")\n\treport(err)\n}\n',
    safe: 'func remove(w http.ResponseWriter, r *http.Request) {\n\tvar in struct{ Table, Mail string }\n\tif err := json.NewDecoder(r.Body).Decode(&in); err != nil {\n\t\thttp.Error(w, "bad request", 400)\n\t\treturn\n\t}\n\t_, err := db.Exec("DELETE FROM users WHERE mail = ?", in.Mail)\n\treport(err)\n}\n',
  },
  {
    rule: 'go/command-injection',
    vulnerable:
      'func ping(w http.ResponseWriter, r *http.Request) {\n\thost := r.URL.Query().Get("host")\n\tout, err := exec.Command("sh", "-c", "ping -c 1 "+host).Output()\n\tlog.Println(len(out), err)\n}\n',
    safe: 'var hostName = regexp.MustCompile(`^[a-z0-9.]{1,60}$`)\n\nfunc ping(w http.ResponseWriter, r *http.Request) {\n\thost := r.URL.Query().Get("host")\n\tif !hostName.MatchString(host) {\n\t\thttp.Error(w, "host", http.StatusBadRequest)\n\t\treturn\n\t}\n\tout, err := exec.Command("ping", "-c", "1", host).Output()\n\tlog.Println(len(out), err)\n}\n',
  },
  {
    rule: 'go/command-injection',
    vulnerable:
      'func compress(ctx context.Context, folder string) error {\n\tcommand := fmt.Sprintf("tar czf backup.tgz %s", folder)\n\treturn exec.CommandContext(ctx, "/bin/bash", "-c", command).Run()\n}\n',
    safe: 'func compress(ctx context.Context, folder string) error {\n\treturn exec.CommandContext(ctx, "tar", "czf", "backup.tgz", "--", folder).Run()\n}\n',
  },
  {
    rule: 'go/argument-injection',
    vulnerable:
      'func clone(w http.ResponseWriter, r *http.Request) {\n\tif err := exec.Command("git", r.FormValue("what")).Run(); err != nil {\n\t\tlog.Print("clone failed")\n\t}\n}\n',
    safe: 'func clone(w http.ResponseWriter, r *http.Request) {\n\tif err := exec.Command("git", "clone", "--", r.FormValue("what")).Run(); err != nil {\n\t\tlog.Print("clone failed")\n\t}\n}\n',
  },
  {
    rule: 'go/path-traversal',
    vulnerable:
      'func download(w http.ResponseWriter, r *http.Request) {\n\tdata, err := os.ReadFile(filepath.Join("/srv/files", r.URL.Query().Get("name")))\n\tif err != nil {\n\t\thttp.NotFound(w, r)\n\t\treturn\n\t}\n\tsend(w, data)\n}\n',
    safe: 'func download(w http.ResponseWriter, r *http.Request) {\n\tname := r.URL.Query().Get("name")\n\tif !filepath.IsLocal(name) {\n\t\thttp.NotFound(w, r)\n\t\treturn\n\t}\n\tdata, err := os.ReadFile(filepath.Join("/srv/files", name))\n\tif err != nil {\n\t\thttp.NotFound(w, r)\n\t\treturn\n\t}\n\tsend(w, data)\n}\n',
  },
  {
    rule: 'go/path-traversal',
    vulnerable: 'func show(c *gin.Context) {\n\tc.File("./uploads/" + c.Param("name"))\n}\n',
    safe: 'func show(c *gin.Context) {\n\tc.File("./uploads/" + filepath.Base(c.Param("name")))\n}\n',
  },
  {
    rule: 'go/path-traversal',
    vulnerable:
      'func open(w http.ResponseWriter, r *http.Request) {\n\tpath := filepath.Join(root, r.PathValue("path"))\n\thttp.ServeFile(w, r, path)\n}\n',
    safe: 'func open(w http.ResponseWriter, r *http.Request) {\n\tpath := filepath.Join(root, r.PathValue("path"))\n\tif !strings.HasPrefix(path, filepath.Clean(root)+string(os.PathSeparator)) {\n\t\thttp.NotFound(w, r)\n\t\treturn\n\t}\n\thttp.ServeFile(w, r, path)\n}\n',
  },
  {
    rule: 'go/archive-extraction',
    vulnerable:
      'func unzip(file, folder string) error {\n\treader, err := zip.OpenReader(file)\n\tif err != nil {\n\t\treturn err\n\t}\n\tfor _, entry := range reader.File {\n\t\ttarget, err := os.Create(filepath.Join(folder, entry.Name))\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\twrite(target, entry)\n\t}\n\treturn nil\n}\n',
    safe: 'func unzip(file, folder string) error {\n\treader, err := zip.OpenReader(file)\n\tif err != nil {\n\t\treturn err\n\t}\n\tfor _, entry := range reader.File {\n\t\tif !filepath.IsLocal(entry.Name) {\n\t\t\treturn errors.New("a name leaves the folder")\n\t\t}\n\t\ttarget, err := os.Create(filepath.Join(folder, entry.Name))\n\t\tif err != nil {\n\t\t\treturn err\n\t\t}\n\t\twrite(target, entry)\n\t}\n\treturn nil\n}\n',
  },
  {
    rule: 'go/xss',
    vulnerable:
      'func greet(w http.ResponseWriter, r *http.Request) {\n\tname := r.FormValue("name")\n\tfmt.Fprintf(w, "<h1>Hello %s</h1>", name)\n}\n',
    safe: 'func greet(w http.ResponseWriter, r *http.Request) {\n\tname := r.FormValue("name")\n\tfmt.Fprintf(w, "<h1>Hello %s</h1>", html.EscapeString(name))\n}\n',
  },
  {
    rule: 'go/xss',
    vulnerable:
      'func echo(writer http.ResponseWriter, request *http.Request) {\n\twriter.Header().Set("Content-Type", "text/html")\n\twriter.Write([]byte("<p>" + request.URL.Query().Get("text") + "</p>"))\n}\n',
    safe: 'func echo(writer http.ResponseWriter, request *http.Request) {\n\twriter.Header().Set("Content-Type", "text/html")\n\tcount, _ := strconv.Atoi(request.URL.Query().Get("count"))\n\twriter.Write([]byte("<p>" + strconv.Itoa(count) + "</p>"))\n}\n',
  },
  {
    rule: 'go/autoescape-off',
    vulnerable:
      'func comment(w http.ResponseWriter, r *http.Request) {\n\tpage.Execute(w, map[string]any{"Text": template.HTML(r.FormValue("text"))})\n}\n',
    safe: 'func comment(w http.ResponseWriter, r *http.Request) {\n\tpage.Execute(w, map[string]any{"Text": r.FormValue("text")})\n}\n',
  },
  {
    rule: 'go/ssrf',
    vulnerable:
      'func preview(w http.ResponseWriter, r *http.Request) {\n\tresp, err := http.Get(r.URL.Query().Get("url"))\n\tif err != nil {\n\t\thttp.Error(w, "not reachable", http.StatusBadGateway)\n\t\treturn\n\t}\n\tdefer resp.Body.Close()\n}\n',
    safe: 'func preview(w http.ResponseWriter, r *http.Request) {\n\tresp, err := http.Get("https://pages.example.com/" + url.PathEscape(r.URL.Query().Get("page")))\n\tif err != nil {\n\t\thttp.Error(w, "not reachable", http.StatusBadGateway)\n\t\treturn\n\t}\n\tdefer resp.Body.Close()\n}\n',
  },
  {
    rule: 'go/ssrf',
    vulnerable:
      'func (s *Server) fetch(c echo.Context) error {\n\ttarget := c.QueryParam("target")\n\trequest, err := http.NewRequestWithContext(c.Request().Context(), http.MethodGet, target, nil)\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn s.send(request)\n}\n',
    safe: 'func (s *Server) fetch(c echo.Context) error {\n\ttarget := c.QueryParam("target")\n\tparsed, err := url.Parse(target)\n\tif err != nil || !allowedHosts[parsed.Hostname()] {\n\t\treturn echo.ErrBadRequest\n\t}\n\trequest, err := http.NewRequestWithContext(c.Request().Context(), http.MethodGet, target, nil)\n\tif err != nil {\n\t\treturn err\n\t}\n\treturn s.send(request)\n}\n',
  },
  {
    rule: 'go/open-redirect',
    vulnerable:
      'func back(w http.ResponseWriter, r *http.Request) {\n\tnext := r.URL.Query().Get("next")\n\thttp.Redirect(w, r, next, http.StatusFound)\n}\n',
    safe: 'func back(w http.ResponseWriter, r *http.Request) {\n\tnext := r.URL.Query().Get("next")\n\tif next != "/home" && next != "/orders" {\n\t\tnext = "/"\n\t}\n\thttp.Redirect(w, r, "/login?next="+url.QueryEscape(next), http.StatusFound)\n}\n',
  },
  {
    rule: 'go/template-injection',
    vulnerable:
      'func render(w http.ResponseWriter, r *http.Request) {\n\tpage, err := template.New("page").Parse("<p>" + r.FormValue("text") + "</p>")\n\tif err != nil {\n\t\treturn\n\t}\n\tpage.Execute(w, nil)\n}\n',
    safe: 'func render(w http.ResponseWriter, r *http.Request) {\n\tpage, err := template.New("page").Parse("<p>{{.}}</p>")\n\tif err != nil {\n\t\treturn\n\t}\n\tpage.Execute(w, r.FormValue("text"))\n}\n',
  },
  {
    rule: 'go/code-injection',
    vulnerable:
      'func run(c *gin.Context) {\n\tvm := goja.New()\n\tvalue, err := vm.RunString(c.PostForm("script"))\n\tanswer(c, value, err)\n}\n',
    safe: 'func run(c *gin.Context) {\n\tvm := goja.New()\n\tvm.Set("text", c.PostForm("text"))\n\tvalue, err := vm.RunString("text.length")\n\tanswer(c, value, err)\n}\n',
  },
  {
    rule: 'go/unsafe-reflection',
    vulnerable:
      'func call(w http.ResponseWriter, r *http.Request) {\n\tmethod := reflect.ValueOf(service).MethodByName(r.FormValue("method"))\n\tmethod.Call(nil)\n}\n',
    safe: 'func call(w http.ResponseWriter, r *http.Request) {\n\tif run, ok := methods[r.FormValue("method")]; ok {\n\t\trun()\n\t}\n}\n',
  },
  {
    rule: 'go/ldap-injection',
    vulnerable:
      'func find(connection *ldap.Conn, user string) (*ldap.SearchResult, error) {\n\tfilter := fmt.Sprintf("(uid=%s)", user)\n\treturn connection.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, nil, nil))\n}\n',
    safe: 'func find(connection *ldap.Conn, user string) (*ldap.SearchResult, error) {\n\tfilter := fmt.Sprintf("(uid=%s)", ldap.EscapeFilter(user))\n\treturn connection.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, nil, nil))\n}\n',
  },
  {
    rule: 'go/xpath-injection',
    vulnerable:
      'func role(document *xmlquery.Node, r *http.Request) *xmlquery.Node {\n\treturn xmlquery.FindOne(document, "//user[@name=\'"+r.FormValue("name")+"\']/role")\n}\n',
    safe: 'func role(document *xmlquery.Node, r *http.Request) *xmlquery.Node {\n\tnumber, _ := strconv.Atoi(r.FormValue("number"))\n\treturn xmlquery.FindOne(document, fmt.Sprintf("//user[%d]/role", number))\n}\n',
  },
  {
    rule: 'go/nosql-injection',
    vulnerable:
      'func find(c *gin.Context, users *mongo.Collection) {\n\tfilter := bson.M{"$where": "this.name == \'" + c.Query("name") + "\'"}\n\tcursor, err := users.Find(c, filter)\n\tanswer(c, cursor, err)\n}\n',
    safe: 'func find(c *gin.Context, users *mongo.Collection) {\n\tfilter := bson.M{"name": bson.M{"$eq": c.Query("name")}}\n\tcursor, err := users.Find(c, filter)\n\tanswer(c, cursor, err)\n}\n',
  },
  {
    rule: 'go/log-injection',
    vulnerable:
      'func login(w http.ResponseWriter, r *http.Request) {\n\tlog.Printf("failed login of %s", r.FormValue("user"))\n}\n',
    safe: 'func login(w http.ResponseWriter, r *http.Request) {\n\tlog.Printf("failed login of %s", strconv.Quote(r.FormValue("user")))\n}\n',
  },
  {
    rule: 'go/error-exposure',
    vulnerable:
      'func save(w http.ResponseWriter, r *http.Request) {\n\tif err := store(r); err != nil {\n\t\thttp.Error(w, err.Error(), http.StatusInternalServerError)\n\t}\n}\n',
    safe: 'func save(w http.ResponseWriter, r *http.Request) {\n\tif err := store(r); err != nil {\n\t\tlog.Print(err)\n\t\thttp.Error(w, "the order could not be saved", http.StatusInternalServerError)\n\t}\n}\n',
  },
  {
    rule: 'go/xxe',
    vulnerable:
      'func load(w http.ResponseWriter, r *http.Request) {\n\tdocument, err := libxml2.ParseReader(r.Body)\n\tstore(document, err)\n}\n',
    safe: 'func load(w http.ResponseWriter, r *http.Request) {\n\tvar document Order\n\tstore(document, xml.NewDecoder(r.Body).Decode(&document))\n}\n',
  },
];
