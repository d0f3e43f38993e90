/** For every rule about data and the use of libraries in C and C++ a vulnerable snippet and its safe twin. */
import type { Pair } from './javascript-pairs.js';

const include = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n';

export const C_DATA_PAIRS: readonly Pair[] = [
  {
    rule: 'c/format-string',
    vulnerable: `${include}int main(int argc, char **argv) {\n  if (argc > 1) printf(argv[1]);\n  return 0;\n}\n`,
    safe: `${include}int main(int argc, char **argv) {\n  if (argc > 1) printf("%s", argv[1]);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/format-string',
    vulnerable: `${include}#include <syslog.h>\nvoid log_line(const char *user_input) {\n  char line[200];\n  snprintf(line, sizeof line, "got %s", user_input);\n  syslog(LOG_INFO, line);\n}\n`,
    safe: `${include}#include <syslog.h>\nvoid log_line(const char *user_input) {\n  char line[200];\n  snprintf(line, sizeof line, "got %s", user_input);\n  syslog(LOG_INFO, "%s", line);\n}\n`,
  },
  {
    rule: 'c/command-injection',
    vulnerable: `${include}static void run(const char *name) {\n  char command[300];\n  snprintf(command, sizeof command, "tar xf %s", name);\n  system(command);\n}\nint main(int argc, char **argv) {\n  if (argc > 1) run(argv[1]);\n  return 0;\n}\n`,
    safe: `${include}#include <ctype.h>\nstatic int is_plain(const char *name) {\n  for (size_t i = 0; name[i] != 0; i++)\n    if (!isalnum((unsigned char)name[i]) && name[i] != '_') return 0;\n  return 1;\n}\nstatic void run(const char *name) {\n  char command[300];\n  if (!is_plain(name)) return;\n  snprintf(command, sizeof command, "tar xf %s", name);\n  system(command);\n}\nint main(int argc, char **argv) {\n  if (argc > 1) run(argv[1]);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/command-injection',
    vulnerable: `${include}int main(void) {\n  char line[64];\n  char command[128] = "ls ";\n  if (!fgets(line, sizeof line, stdin)) return 1;\n  strcat(command, line);\n  FILE *pipe = popen(command, "r");\n  if (pipe) pclose(pipe);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  char line[64];\n  char command[128] = "ls ";\n  if (!fgets(line, sizeof line, stdin)) return 1;\n  int number = atoi(line);\n  sprintf(command + 3, "%d", number);\n  FILE *pipe = popen(command, "r");\n  if (pipe) pclose(pipe);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/command-injection',
    vulnerable: `#include <cstdlib>\n#include <iostream>\n#include <string>\nint main() {\n  std::string host;\n  std::cin >> host;\n  std::string command = "ping -c 1 " + host;\n  return std::system(command.c_str());\n}\n`,
    safe: `#include <cstdlib>\n#include <iostream>\n#include <string>\nint main() {\n  std::string host = "example.org";\n  std::string command = "ping -c 1 " + host;\n  return std::system(command.c_str());\n}\n`,
  },
  {
    rule: 'c/path-traversal',
    vulnerable: `${include}int main(void) {\n  char name[64];\n  char path[128];\n  if (scanf("%63s", name) != 1) return 1;\n  snprintf(path, sizeof path, "/srv/files/%s", name);\n  FILE *file = fopen(path, "r");\n  if (!file) return 1;\n  fclose(file);\n  return 0;\n}\n`,
    safe: `${include}int main(void) {\n  char name[64];\n  char path[128];\n  if (scanf("%63s", name) != 1) return 1;\n  if (strchr(name, '/') != NULL || strstr(name, "..") != NULL) return 1;\n  snprintf(path, sizeof path, "/srv/files/%s", name);\n  FILE *file = fopen(path, "r");\n  if (!file) return 1;\n  fclose(file);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/path-traversal',
    vulnerable: `${include}#include <limits.h>\nint main(int argc, char **argv) {\n  char full[PATH_MAX];\n  if (argc < 2) return 1;\n  snprintf(full, sizeof full, "/srv/%s", argv[1]);\n  if (strncmp(full, "/srv/", 5) != 0) return 1;\n  return remove(full);\n}\n`,
    safe: `${include}#include <limits.h>\nint main(int argc, char **argv) {\n  char full[PATH_MAX];\n  char real[PATH_MAX];\n  if (argc < 2) return 1;\n  snprintf(full, sizeof full, "/srv/%s", argv[1]);\n  if (realpath(full, real) == NULL) return 1;\n  if (strncmp(real, "/srv/", 5) != 0) return 1;\n  return remove(real);\n}\n`,
  },
  {
    rule: 'c/sql-injection',
    vulnerable: `${include}#include <sqlite3.h>\nint find(sqlite3 *db) {\n  char name[32];\n  char sql[128];\n  sqlite3_stmt *statement;\n  if (!fgets(name, sizeof name, stdin)) return -1;\n  snprintf(sql, sizeof sql, "SELECT id FROM users WHERE name = '%s'", name);\n  return sqlite3_prepare_v2(db, sql, -1, &statement, 0);\n}\n`,
    safe: `${include}#include <sqlite3.h>\nint find(sqlite3 *db) {\n  char name[32];\n  sqlite3_stmt *statement;\n  if (!fgets(name, sizeof name, stdin)) return -1;\n  if (sqlite3_prepare_v2(db, "SELECT id FROM users WHERE name = ?", -1, &statement, 0) != SQLITE_OK) return -1;\n  return sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);\n}\n`,
  },
  {
    rule: 'c/hard-coded-credentials',
    vulnerable: `${include}int login(const char *password) {\n  return strcmp(password, "hunter2!x") == 0;\n}\n`,
    safe: `${include}int login(const char *password) {\n  const char *expected = getenv("APP_PASSWORD");\n  return expected != NULL && strcmp(password, expected) == 0;\n}\n`,
  },
  {
    rule: 'c/hard-coded-credentials',
    vulnerable: `#include <mysql/mysql.h>\nint open_database(MYSQL *conn) {\n  const char *password = "S3cr3t-pw";\n  return mysql_real_connect(conn, "localhost", "app", password, "shop", 0, NULL, 0) != NULL;\n}\n`,
    safe: `#include <mysql/mysql.h>\n#include <stdlib.h>\nint open_database(MYSQL *conn) {\n  const char *password = getenv("DB_PASSWORD");\n  return mysql_real_connect(conn, "localhost", "app", password, "shop", 0, NULL, 0) != NULL;\n}\n`,
  },
  {
    rule: 'c/weak-cipher',
    vulnerable: `#include <openssl/md5.h>\nvoid digest(const unsigned char *data, unsigned long size, unsigned char *out) {\n  MD5(data, size, out);\n}\n`,
    safe: `#include <openssl/sha.h>\nvoid digest(const unsigned char *data, unsigned long size, unsigned char *out) {\n  SHA256(data, size, out);\n}\n`,
  },
  {
    rule: 'c/weak-cipher',
    vulnerable: `#include <openssl/evp.h>\nint prepare(EVP_PKEY_CTX *context) {\n  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);\n}\n`,
    safe: `#include <openssl/evp.h>\nint prepare(EVP_PKEY_CTX *context) {\n  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING);\n}\n`,
  },
  {
    rule: 'c/weak-random',
    vulnerable: `#include <stdlib.h>\nvoid make_session_token(char *out) {\n  for (int i = 0; i < 16; i++) out[i] = 'a' + rand() % 26;\n}\n`,
    safe: `#include <stdlib.h>\nvoid shuffle(char *out) {\n  for (int i = 0; i < 16; i++) out[i] = 'a' + rand() % 26;\n}\n`,
  },
  {
    rule: 'c/plain-credentials',
    vulnerable: `#include <stdio.h>\nvoid save(FILE *file, const char *user, const char *password) {\n  fprintf(file, "%s:%s\\n", user, password);\n}\n`,
    safe: `#include <stdio.h>\nvoid save(FILE *file, const char *user, const char *password_hash) {\n  fprintf(file, "%s:%s\\n", user, password_hash);\n}\n`,
  },
  {
    rule: 'c/insecure-function',
    vulnerable: `#include <stdio.h>\nint main(void) {\n  char line[80];\n  gets(line);\n  puts(line);\n  return 0;\n}\n`,
    safe: `#include <stdio.h>\nint main(void) {\n  char line[80];\n  if (!fgets(line, sizeof line, stdin)) return 1;\n  puts(line);\n  return 0;\n}\n`,
  },
  {
    rule: 'c/insecure-temp-file',
    vulnerable: `#include <stdio.h>\n#include <stdlib.h>\nint main(void) {\n  char name[] = "/tmp/XXXXXX";\n  return mktemp(name) == NULL;\n}\n`,
    safe: `#include <stdio.h>\n#include <stdlib.h>\nint main(void) {\n  char name[] = "/tmp/XXXXXX";\n  return mkstemp(name) < 0;\n}\n`,
  },
  {
    rule: 'c/permissive-mode',
    vulnerable: `#include <sys/stat.h>\nint share(void) {\n  return chmod("/var/lib/app/state", 0777);\n}\n`,
    safe: `#include <sys/stat.h>\nint share(void) {\n  return chmod("/var/lib/app/state", 0640);\n}\n`,
  },
  {
    rule: 'c/tls-verification',
    vulnerable: `#include <curl/curl.h>\nvoid setup(CURL *handle) {\n  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);\n}\n`,
    safe: `#include <curl/curl.h>\nvoid setup(CURL *handle) {\n  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);\n}\n`,
  },
];
