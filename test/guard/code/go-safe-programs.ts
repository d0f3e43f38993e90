/** Ordinary Go, in which nothing is wrong. */
export const SAFE_GO: readonly { readonly name: string; readonly code: string }[] = [
  {
    name: 'a store of orders',
    code: `// Package shop keeps the orders of a shop.
package shop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

var ErrUnknown = errors.New("unknown order")

const insert = "INSERT INTO orders (id, customer, total) VALUES ($1, $2, $3)"

type Order struct {
	ID       int64
	Customer string
	Total    float64
}

type Store struct {
	db    *sql.DB
	mutex sync.RWMutex
	cache map[int64]Order
}

func NewStore(db *sql.DB) *Store {
	return &Store{db: db, cache: make(map[int64]Order)}
}

func (s *Store) Save(ctx context.Context, order Order) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, insert, order.ID, order.Customer, order.Total); err != nil {
		return fmt.Errorf("order %d: %w", order.ID, err)
	}
	s.mutex.Lock()
	s.cache[order.ID] = order
	s.mutex.Unlock()
	slog.Info("saved order", "id", order.ID)
	return tx.Commit()
}

func (s *Store) ByCustomers(ctx context.Context, customers []string) ([]Order, error) {
	marks := make([]string, len(customers))
	args := make([]any, len(customers))
	for i, customer := range customers {
		marks[i] = fmt.Sprintf("$%d", i+1)
		args[i] = customer
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, customer, total FROM orders WHERE customer IN ("+strings.Join(marks, ", ")+")", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var orders []Order
	for rows.Next() {
		var order Order
		if err := rows.Scan(&order.ID, &order.Customer, &order.Total); err != nil {
			return nil, err
		}
		orders = append(orders, order)
	}
	return orders, rows.Err()
}

func (s *Store) Page(ctx context.Context, limit, offset int) (*sql.Rows, error) {
	query := fmt.Sprintf("SELECT * FROM orders ORDER BY id LIMIT %d OFFSET %d", limit, offset)
	return s.db.QueryContext(ctx, query)
}
`,
  },
  {
    name: 'an HTTP service',
    code: `package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"time"
)

var page = template.Must(template.New("page").Parse("<h1>{{.Title}}</h1>"))

var hosts = []string{"images.example.com", "files.example.com"}

type server struct {
	store  *Store
	client *http.Client
}

func (s *server) order(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "id must be a number", http.StatusBadRequest)
		return
	}
	order, err := s.store.Find(r.Context(), id)
	switch {
	case errors.Is(err, ErrUnknown):
		http.NotFound(w, r)
		return
	case err != nil:
		log.Printf("order %d: %v", id, err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(order)
}

func (s *server) show(w http.ResponseWriter, r *http.Request) {
	if err := page.Execute(w, map[string]string{"Title": r.FormValue("title")}); err != nil {
		log.Print("render failed")
	}
}

func checkHost(target string) (*url.URL, error) {
	parsed, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	for _, host := range hosts {
		if parsed.Hostname() == host {
			return parsed, nil
		}
	}
	return nil, fmt.Errorf("host %s is not on the list", parsed.Hostname())
}

func (s *server) file(w http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.URL.Query().Get("name"))
	file, err := os.Open(filepath.Join("public", name))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	http.ServeContent(w, r, name, time.Time{}, file)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := &server{client: &http.Client{Timeout: 10 * time.Second}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", s.order)
	mux.HandleFunc("GET /show", s.show)
	mux.HandleFunc("GET /file", s.file)
	web := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		web.Shutdown(context.Background())
	}()
	if err := web.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
`,
  },
  {
    name: 'a tool of the command line',
    code: `package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
)

func count(path string) (map[string]int, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	words := map[string]int{}
	scanner := bufio.NewScanner(file)
	scanner.Split(bufio.ScanWords)
	for scanner.Scan() {
		words[strings.ToLower(scanner.Text())]++
	}
	return words, scanner.Err()
}

func main() {
	top := flag.Int("top", 10, "how many words")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: words [-top n] file")
		os.Exit(2)
	}
	words, err := count(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	names := make([]string, 0, len(words))
	for name := range words {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return words[names[i]] > words[names[j]] })
	for i, name := range names {
		if i == *top {
			break
		}
		fmt.Printf("%-20s %d\\n", name, words[name])
	}
	version, err := exec.Command("git", "rev-parse", "HEAD").Output()
	if err == nil {
		fmt.Printf("at %s", version)
	}
}
`,
  },
];
