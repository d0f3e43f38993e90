/** For every rule about memory and numbers in C a vulnerable snippet and its safe twin. */
import type { Pair } from './javascript-pairs.js';

const include = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n';

export const C_MEMORY_PAIRS: readonly Pair[] = [
  {
    rule: 'c/write-outside',
    vulnerable: `${include}void greet(const char *name) {\n  char line[16];\n  strcpy(line, name);\n  puts(line);\n}\n`,
    safe: `${include}void greet(const char *name) {\n  char line[16];\n  snprintf(line, sizeof line, "%s", name);\n  puts(line);\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `#define COUNT 8\nint total(void) {\n  int values[COUNT];\n  int sum = 0;\n  for (int i = 0; i <= COUNT; i++) values[i] = i;\n  for (int i = 0; i < COUNT; i++) sum += values[i];\n  return sum;\n}\n`,
    safe: `#define COUNT 8\nint total(void) {\n  int values[COUNT];\n  int sum = 0;\n  for (int i = 0; i < COUNT; i++) values[i] = i;\n  for (int i = 0; i < COUNT; i++) sum += values[i];\n  return sum;\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `${include}int main(void) {\n  int table[10] = {0};\n  int at;\n  if (scanf("%d", &at) != 1) return 1;\n  if (at < 10) table[at] = 1;\n  return table[0];\n}\n`,
    safe: `${include}int main(void) {\n  int table[10] = {0};\n  int at;\n  if (scanf("%d", &at) != 1) return 1;\n  if (at >= 0 && at < 10) table[at] = 1;\n  return table[0];\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `${include}int main(void) {\n  char word[20];\n  if (scanf("%s", word) != 1) return 1;\n  puts(word);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  char word[20];\n  if (scanf("%19s", word) != 1) return 1;\n  puts(word);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `${include}char *copy(const char *text) {\n  size_t length = strlen(text);\n  char *result = malloc(length);\n  if (result == NULL) return NULL;\n  memcpy(result, text, length);\n  result[length] = 0;\n  return result;\n}\n`,
    safe: `${include}char *copy(const char *text) {\n  size_t length = strlen(text);\n  char *result = malloc(length + 1);\n  if (result == NULL) return NULL;\n  memcpy(result, text, length);\n  result[length] = 0;\n  return result;\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `${include}int *squares(int n) {\n  int *list = malloc(n * sizeof(int));\n  if (!list) return NULL;\n  for (int i = 0; i <= n; i++) list[i] = i;\n  return list;\n}\n`,
    safe: `${include}int *squares(int n) {\n  int *list = malloc(n * sizeof(int));\n  if (!list) return NULL;\n  for (int i = 0; i < n; i++) list[i] = i;\n  return list;\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `#include <string.h>\nstruct user { char name[8]; int is_admin; };\nvoid fill(struct user *u) {\n  strcpy(u->name, "administrator");\n}\n`,
    safe: `#include <string.h>\nstruct user { char name[16]; int is_admin; };\nvoid fill(struct user *u) {\n  strcpy(u->name, "administrator");\n}\n`,
  },
  {
    rule: 'c/write-outside',
    vulnerable: `${include}#include <unistd.h>\nvoid echo(int socket) {\n  char data[512];\n  ssize_t count = read(socket, data, 1024);\n  if (count > 0) write(socket, data, count);\n}\n`,
    safe: `${include}#include <unistd.h>\nvoid echo(int socket) {\n  char data[512];\n  ssize_t count = read(socket, data, sizeof data);\n  if (count > 0) write(socket, data, count);\n}\n`,
  },
  {
    rule: 'c/read-outside',
    vulnerable: `int last(void) {\n  int days[7] = {1, 2, 3, 4, 5, 6, 7};\n  return days[7];\n}\n`,
    safe: `int last(void) {\n  int days[7] = {1, 2, 3, 4, 5, 6, 7};\n  return days[6];\n}\n`,
  },
  {
    rule: 'c/read-outside',
    vulnerable: `#include <stdio.h>\nstatic const char *NAMES[] = {"red", "green", "blue"};\nint main(void) {\n  int choice = 0;\n  scanf("%d", &choice);\n  printf("%s\\n", NAMES[choice]);\n  return 0;\n}\n`,
    safe: `#include <stdio.h>\nstatic const char *NAMES[] = {"red", "green", "blue"};\nint main(void) {\n  int choice = 0;\n  scanf("%d", &choice);\n  if (choice < 0 || choice > 2) return 1;\n  printf("%s\\n", NAMES[choice]);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/use-after-free',
    vulnerable: `${include}int main(void) {\n  char *text = strdup("hello");\n  if (!text) return 1;\n  free(text);\n  puts(text);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  char *text = strdup("hello");\n  if (!text) return 1;\n  puts(text);\n  free(text);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/use-after-free',
    vulnerable: `${include}struct node { int value; struct node *next; };\nvoid drop(struct node *head) {\n  while (head) {\n    free(head);\n    head = head->next;\n  }\n}\n`,
    safe: `${include}struct node { int value; struct node *next; };\nvoid drop(struct node *head) {\n  while (head) {\n    struct node *next = head->next;\n    free(head);\n    head = next;\n  }\n}\n`,
  },
  {
    rule: 'c/double-free',
    vulnerable: `${include}static void finish(char *data) { free(data); }\nint run(int fails) {\n  char *data = malloc(32);\n  if (!data) return -1;\n  if (fails) {\n    finish(data);\n  }\n  free(data);\n  return 0;\n}\n`,
    safe: `${include}static void finish(char *data) { free(data); }\nint run(int fails) {\n  char *data = malloc(32);\n  if (!data) return -1;\n  if (fails) {\n    finish(data);\n    return -1;\n  }\n  free(data);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/free-inside',
    vulnerable: `${include}int main(void) {\n  char *text = strdup("  hello");\n  if (!text) return 1;\n  while (*text == ' ') text++;\n  puts(text);\n  free(text);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  char *text = strdup("  hello");\n  if (!text) return 1;\n  char *start = text;\n  while (*start == ' ') start++;\n  puts(start);\n  free(text);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/free-foreign',
    vulnerable: `${include}void f(void) {\n  char local[10] = "";\n  char *p = local;\n  puts(p);\n  free(p);\n}\n`,
    safe: `${include}void f(void) {\n  char *p = calloc(10, 1);\n  if (!p) return;\n  puts(p);\n  free(p);\n}\n`,
  },
  {
    rule: 'c/mismatched-release',
    vulnerable: `#include <cstdlib>\nvoid f() {\n  int *p = new int[10]();\n  free(p);\n}\n`,
    safe: `#include <cstdlib>\nvoid f() {\n  int *p = new int[10]();\n  delete[] p;\n}\n`,
  },
  {
    rule: 'c/leak',
    vulnerable: `${include}int parse(const char *path) {\n  char *buffer = malloc(100);\n  if (!buffer) return -1;\n  FILE *file = fopen("/etc/app.conf", "r");\n  if (!file) return -1;\n  fclose(file);\n  free(buffer);\n  return 0;\n}\n`,
    safe: `${include}int parse(const char *path) {\n  int result = -1;\n  FILE *file = NULL;\n  char *buffer = malloc(100);\n  if (!buffer) goto out;\n  file = fopen("/etc/app.conf", "r");\n  if (!file) goto out;\n  result = 0;\nout:\n  if (file) fclose(file);\n  free(buffer);\n  return result;\n}\n`,
  },
  {
    rule: 'c/handle-leak',
    vulnerable: `#include <stdio.h>\nint first(void) {\n  FILE *file = fopen("data.txt", "r");\n  if (!file) return -1;\n  int c = fgetc(file);\n  if (c == EOF) return -1;\n  fclose(file);\n  return c;\n}\n`,
    safe: `#include <stdio.h>\nint first(void) {\n  FILE *file = fopen("data.txt", "r");\n  if (!file) return -1;\n  int c = fgetc(file);\n  fclose(file);\n  return c == EOF ? -1 : c;\n}\n`,
  },
  {
    rule: 'c/null-dereference',
    vulnerable: `${include}int main(void) {\n  int *list = malloc(4 * sizeof *list);\n  list[0] = 1;\n  printf("%d\\n", list[0]);\n  free(list);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  int *list = malloc(4 * sizeof *list);\n  if (list == NULL) return 1;\n  list[0] = 1;\n  printf("%d\\n", list[0]);\n  free(list);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/null-dereference',
    vulnerable: `struct item { int key; struct item *next; };\nstatic struct item *find(struct item *list, int key) {\n  for (; list; list = list->next)\n    if (list->key == key) return list;\n  return 0;\n}\nint next_key(struct item *list) {\n  return find(list, 3)->next != 0;\n}\n`,
    safe: `struct item { int key; struct item *next; };\nstatic struct item *find(struct item *list, int key) {\n  for (; list; list = list->next)\n    if (list->key == key) return list;\n  return 0;\n}\nint next_key(struct item *list) {\n  struct item *found = find(list, 3);\n  return found && found->next != 0;\n}\n`,
  },
  {
    rule: 'c/integer-overflow',
    vulnerable: `${include}int main(int argc, char **argv) {\n  if (argc < 2) return 1;\n  int amount = atoi(argv[1]);\n  int doubled = amount * 2;\n  printf("%d\\n", doubled);\n  return 0;\n}\n`,
    safe: `${include}#include <limits.h>\nint main(int argc, char **argv) {\n  if (argc < 2) return 1;\n  int amount = atoi(argv[1]);\n  if (amount > INT_MAX / 2 || amount < INT_MIN / 2) return 1;\n  int doubled = amount * 2;\n  printf("%d\\n", doubled);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/allocation-overflow',
    vulnerable: `${include}#include <stdint.h>\nint *read_list(FILE *file) {\n  uint32_t count;\n  if (fread(&count, sizeof count, 1, file) != 1) return NULL;\n  uint32_t bytes = count * 4;\n  return malloc(bytes);\n}\n`,
    safe: `${include}#include <stdint.h>\nint *read_list(FILE *file) {\n  uint32_t count;\n  if (fread(&count, sizeof count, 1, file) != 1) return NULL;\n  if (count > 1000) return NULL;\n  uint32_t bytes = count * 4;\n  return malloc(bytes);\n}\n`,
  },
  {
    rule: 'c/division-by-zero',
    vulnerable: `#include <stdio.h>\nint main(void) {\n  int parts = 0;\n  scanf("%d", &parts);\n  printf("%d\\n", 1000 / parts);\n  return 0;\n}\n`,
    safe: `#include <stdio.h>\nint main(void) {\n  int parts = 0;\n  scanf("%d", &parts);\n  if (parts == 0) return 1;\n  printf("%d\\n", 1000 / parts);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/uninitialised',
    vulnerable: `int sign(int x) {\n  int result;\n  if (x > 0) result = 1;\n  else if (x < 0) result = -1;\n  return result;\n}\n`,
    safe: `int sign(int x) {\n  int result;\n  if (x > 0) result = 1;\n  else if (x < 0) result = -1;\n  else result = 0;\n  return result;\n}\n`,
  },
  {
    rule: 'c/negative-size',
    vulnerable: `${include}#include <sys/socket.h>\nvoid take(int fd, char *out) {\n  char data[256];\n  int count = recv(fd, data, sizeof data, 0);\n  memcpy(out, data, count);\n}\n`,
    safe: `${include}#include <sys/socket.h>\nvoid take(int fd, char *out) {\n  char data[256];\n  int count = recv(fd, data, sizeof data, 0);\n  if (count < 0) return;\n  memcpy(out, data, count);\n}\n`,
  },
  {
    rule: 'c/unlimited-allocation',
    vulnerable: `${include}int main(void) {\n  unsigned long size = 0;\n  if (scanf("%lu", &size) != 1) return 1;\n  char *data = malloc(size);\n  free(data);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  unsigned long size = 0;\n  if (scanf("%lu", &size) != 1) return 1;\n  if (size > 65536) return 1;\n  char *data = malloc(size);\n  free(data);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/unlimited-processes',
    vulnerable: `#include <unistd.h>\n#include <sys/socket.h>\nvoid serve(int server) {\n  for (;;) {\n    int client = accept(server, 0, 0);\n    if (client < 0) continue;\n    if (fork() == 0) { write(client, "hi", 2); _exit(0); }\n    close(client);\n  }\n}\n`,
    safe: `#include <unistd.h>\n#include <sys/socket.h>\n#define MOST 20\nvoid serve(int server) {\n  int running = 0;\n  for (;;) {\n    int client = accept(server, 0, 0);\n    if (client < 0) continue;\n    if (running >= MOST) { close(client); continue; }\n    running++;\n    if (fork() == 0) { write(client, "hi", 2); _exit(0); }\n    close(client);\n  }\n}\n`,
  },
  {
    rule: 'c/pointer-size',
    vulnerable: `#include <string.h>\nvoid clear(char *buffer) {\n  memset(buffer, 0, sizeof(buffer));\n}\n`,
    safe: `#include <string.h>\nvoid clear(char *buffer, size_t size) {\n  memset(buffer, 0, size);\n}\n`,
  },
  {
    rule: 'c/wrong-check',
    vulnerable: `#include <stdio.h>\nint show(void) {\n  FILE *file = fopen("motd", "r");\n  if (file < 0) return -1;\n  int c = file ? fgetc(file) : 0;\n  if (file) fclose(file);\n  return c;\n}\n`,
    safe: `#include <stdio.h>\nint show(void) {\n  FILE *file = fopen("motd", "r");\n  if (file == NULL) return -1;\n  int c = fgetc(file);\n  fclose(file);\n  return c;\n}\n`,
  },
  {
    rule: 'c/uncontrolled-recursion',
    vulnerable: `int depth(int n) {\n  return 1 + depth(n - 1);\n}\n`,
    safe: `int depth(int n) {\n  if (n <= 0) return 0;\n  return 1 + depth(n - 1);\n}\n`,
  },
  {
    rule: 'c/endless-loop',
    vulnerable: `#include <stdio.h>\nint main(void) {\n  int i = 0;\n  int j = 0;\n  while (i < 10) {\n    printf("%d\\n", i);\n    j++;\n  }\n  return j;\n}\n`,
    safe: `#include <stdio.h>\nint main(void) {\n  int i = 0;\n  while (i < 10) {\n    printf("%d\\n", i);\n    i++;\n  }\n  return 0;\n}\n`,
  },
  {
    rule: 'c/reachable-assertion',
    vulnerable: `#include <assert.h>\n#include <stdio.h>\nint main(void) {\n  int age = 0;\n  scanf("%d", &age);\n  assert(age >= 0);\n  printf("%d\\n", age);\n  return 0;\n}\n`,
    safe: `#include <assert.h>\n#include <stdio.h>\nint main(void) {\n  int age = 0;\n  scanf("%d", &age);\n  if (age < 0) return 1;\n  assert(age >= 0);\n  printf("%d\\n", age);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/argument-order',
    vulnerable: `static void resize(int width, int height, int depth) { (void)width; (void)height; (void)depth; }\nvoid apply(int width, int height) {\n  resize(height, width, 1);\n}\n`,
    safe: `static void resize(int width, int height, int depth) { (void)width; (void)height; (void)depth; }\nvoid apply(int width, int height) {\n  resize(width, height, 1);\n}\n`,
  },
  {
    rule: 'c/argument-count',
    vulnerable: `#include <stdio.h>\nvoid show(int a) {\n  printf("%d of %d\\n", a);\n}\n`,
    safe: `#include <stdio.h>\nvoid show(int a) {\n  printf("%d of %d, 100 %%\\n", a, 3);\n}\n`,
  },
  {
    rule: 'c/foreign-pointer',
    vulnerable: `${include}int main(void) {\n  long where = 0;\n  scanf("%ld", &where);\n  int *p = (int *)where;\n  printf("%d\\n", *p);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  long where = 0;\n  int cells[4] = {1, 2, 3, 4};\n  scanf("%ld", &where);\n  if (where < 0 || where >= 4) return 1;\n  int *p = &cells[where];\n  printf("%d\\n", *p);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/type-confusion',
    vulnerable: `struct cat { int lives; };\nstruct dog { char *name; int age; };\nstatic int age_of(void *animal) { return ((struct dog *)animal)->age; }\nint main(void) {\n  struct cat tom = {9};\n  return age_of(&tom);\n}\n`,
    safe: `struct cat { int lives; };\nstruct dog { char *name; int age; };\nstatic int age_of(void *animal) { return ((struct dog *)animal)->age; }\nint main(void) {\n  struct dog rex = {"rex", 4};\n  return age_of(&rex);\n}\n`,
  },
  {
    rule: 'c/race',
    vulnerable: `#include <pthread.h>\nstatic int hits;\nstatic void *work(void *unused) {\n  for (int i = 0; i < 1000; i++) hits++;\n  return 0;\n}\nint main(void) {\n  pthread_t threads[4];\n  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, work, 0);\n  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);\n  return hits != 4000;\n}\n`,
    safe: `#include <pthread.h>\nstatic int hits;\nstatic pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\nstatic void *work(void *unused) {\n  for (int i = 0; i < 1000; i++) {\n    pthread_mutex_lock(&lock);\n    hits++;\n    pthread_mutex_unlock(&lock);\n  }\n  return 0;\n}\nint main(void) {\n  pthread_t threads[4];\n  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, work, 0);\n  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);\n  return hits != 4000;\n}\n`,
  },
  {
    rule: 'c/check-then-use',
    vulnerable: `#include <stdio.h>\n#include <unistd.h>\nint overwrite(void) {\n  const char *path = "/tmp/report";\n  if (access(path, W_OK) != 0) return -1;\n  FILE *file = fopen(path, "w");\n  if (!file) return -1;\n  fclose(file);\n  return 0;\n}\n`,
    safe: `#include <stdio.h>\nint overwrite(void) {\n  const char *path = "/tmp/report";\n  FILE *file = fopen(path, "w");\n  if (!file) return -1;\n  fclose(file);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/local-address',
    vulnerable: `#include <stdio.h>\nchar *label(int n) {\n  char text[16];\n  snprintf(text, sizeof text, "item %d", n);\n  return text;\n}\n`,
    safe: `#include <stdio.h>\nchar *label(int n, char *text, size_t size) {\n  snprintf(text, size, "item %d", n);\n  return text;\n}\n`,
  },
  {
    rule: 'c/unchecked-privilege',
    vulnerable: `#include <unistd.h>\nint drop(void) {\n  setuid(1000);\n  return 0;\n}\n`,
    safe: `#include <unistd.h>\nint drop(void) {\n  if (setuid(1000) != 0) return -1;\n  return 0;\n}\n`,
  },
];
