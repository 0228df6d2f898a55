#!/usr/bin/env bash
# Shared by `.ci/run` and `.ci/matrix`: steps with their figures, and real servers on free loopback ports. `install_NAME` installs a server
# below $work, unless S3_SYNC_TEST_NAME names a binary of it; `start_NAME` starts it and adds it to $endpoints. Sourced, not run.

readonly MOTO='moto[server,s3]==5.2.5'
readonly VERSITYGW='github.com/versity/versitygw/cmd/versitygw@v1.8.0'
# Its releases are no versions that Go knows: by the commit of the last one.
readonly MINIO='github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c'
readonly GARAGE=2.5.0
readonly S3S_FS=0.14.1
# 4.53, by its commit: its releases are no versions that Go knows either.
readonly SEAWEEDFS=github.com/seaweedfs/seaweedfs@v0.0.0-20261109003541-7506e5f91cd6
readonly RCLONE=github.com/rclone/rclone@v1.76.0
unset FORCE_COLOR # the figures are read from Jest's text
work=$(mktemp -d)
passed=0
failed=0
pids=()

clean_up() {
  for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null; done
  wait
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step NAME SECONDS COMMAND...: runs it, adds the figures of Jest's summary lines to the totals.
step() {
  local name=$1 seconds=$2 log ok=0 step_passed step_failed
  shift 2
  log=$(mktemp "$work/log.XXXXXX")
  printf '\n== %s: %s\n' "$name" "$*"
  timeout --kill-after=10 "$seconds" "$@" </dev/null 2>&1 | tee "$log"
  ok=${PIPESTATUS[0]}
  step_passed=$(sum passed "$log")
  step_failed=$(sum failed "$log")
  if [ "$ok" -ne 0 ]; then
    [ "$ok" -ne 124 ] || echo "$name: stopped after $seconds s"
    [ "$step_failed" -gt 0 ] || step_failed=1
  fi
  printf '== %s: exit %d, %d s since the start\n' "$name" "$ok" "$SECONDS"
  passed=$((passed + step_passed))
  failed=$((failed + step_failed))
}

# sum passed|failed LOG: `Tests:       1 failed, 20 passed, 21 total`, once for each Jest run.
sum() {
  sed -n 's/^Tests:.* \([0-9][0-9]*\) '"$1"'.*/\1/p' "$2" | awk '{ total += $1 } END { print total + 0 }'
}

# What S3_SYNC_TEST_ENDPOINTS needs, by server; their traits are explained in test/support/servers.ts.
endpoints=()

# prepare NAME PROGRAM: what a server needs: $name, $program, $key, $secret, a free $port, a directory $data.
prepare() {
  local given=${1^^}
  given=S3_SYNC_TEST_${given//-/_}
  name=$1 program=${!given:-$work/bin/$2} key=test-key secret=$1-secret-5f1c port=$(free_port) data=$work/$1
  mkdir -p "$data"
}

# serve QUERY TRAITS COMMAND...: starts the server that was prepared in the background and waits until it listens.
serve() {
  local query=$1 traits=$2
  shift 2
  "$@" >"$work/$name.log" 2>&1 &
  pids+=($!)
  await_port "$port" || return 1
  endpoints+=("{\"name\": \"$name\", \"url\": \"http://$key:$secret@127.0.0.1:$port$query\", \"traits\": [$(quoted "$traits")]}")
}

# quoted 'a b': "a", "b"
quoted() {
  sed 's/[^ ][^ ]*/"&"/g; s/ /, /g' <<<"$1"
}

export_endpoints() {
  S3_SYNC_TEST_ENDPOINTS=$(
    IFS=,
    echo "[${endpoints[*]}]"
  )
  export S3_SYNC_TEST_ENDPOINTS
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

# await_port PORT: until something listens there, for up to a minute.
await_port() {
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  return 1
}

install_moto() {
  python3 -m venv "$work/python" && "$work/python/bin/pip" install --quiet --disable-pip-version-check "$MOTO" &&
    mkdir -p "$work/bin" && ln -s ../python/bin/moto_server "$work/bin"
}

start_moto() {
  prepare moto moto_server
  serve '' \
    'any-keys no-control-characters crashes-on-gone-uploads ignores-md5 ignores-checksums ignores-copy-conditions versions-apart' \
    "$program" -H 127.0.0.1 -p "$port"
}

install_versitygw() {
  GOBIN="$work/bin" go install "$VERSITYGW"
}

start_versitygw() {
  prepare versitygw versitygw
  serve '' \
    'folds-slashes no-slash-siblings no-long-names keeps-cut-bodies no-storage-classes no-encryption no-acls no-versions times-bytes-only' \
    env ROOT_ACCESS_KEY="$key" ROOT_SECRET_KEY="$secret" "$program" --port "127.0.0.1:$port" posix "$data"
}

install_minio() {
  GOBIN="$work/bin" go install "$MINIO"
}

start_minio() {
  prepare minio minio
  export S3_SYNC_TEST_MINIO=$program # also for a test that starts one of its own, with TLS
  serve '' \
    'folds-slashes refuses-odd-names no-slash-siblings no-long-names loses-expires no-storage-classes no-encryption no-redirects no-acls no-odd-tags' \
    env MINIO_ROOT_USER="$key" MINIO_ROOT_PASSWORD="$secret" MINIO_BROWSER=off "$program" server "$data" --address "127.0.0.1:$port"
}

# About half an hour.
install_garage() {
  cargo install --quiet --root "$work" --version "$GARAGE" garage
}

start_garage() {
  local garage rpc node
  prepare garage garage
  key=GK31c2f218a2e44f485b94239e secret=b892c0665f0ada8a4755dae98baa3b133590e11dae3bcc1f9d769d67f16c3835
  garage=("$program" -c "$work/garage.toml")
  rpc=127.0.0.1:$(free_port)
  cat >"$work/garage.toml" <<EOF
metadata_dir = "$data/meta"
data_dir = "$data/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "$rpc"
rpc_public_addr = "$rpc"
rpc_secret = "$(printf 'ab%.0s' {1..32})"
[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:$port"
EOF
  serve '?region=garage' \
    'drops-leading-slash no-tags no-odd-tags no-storage-classes no-encryption no-acls no-locks no-versions' \
    "${garage[@]}" server || return 1
  node=$("${garage[@]}" node id -q | cut -d@ -f1) &&
    "${garage[@]}" layout assign -z here -c 1G "$node" &&
    "${garage[@]}" layout apply --version 1 &&
    "${garage[@]}" key import --yes -n test "$key" "$secret" &&
    "${garage[@]}" key allow --create-bucket "$key"
}

# About six minutes.
install_s3s_fs() {
  cargo install --quiet --root "$work" --version "$S3S_FS" --features binary --locked s3s-fs
}

start_s3s_fs() {
  prepare s3s-fs s3s-fs
  serve '' \
    'folds-slashes no-slash-siblings hides-conflicts no-long-names no-long-keys keeps-refused-bodies no-listed-etags makes-buckets denies-gone-uploads no-list-uploads no-list-parts no-tags no-odd-tags no-storage-classes no-encryption no-redirects no-acls no-locks no-versions' \
    "$program" --access-key "$key" --secret-key "$secret" --host 127.0.0.1 --port "$port" "$data"
}

# `go install` refuses its go.mod, which replaces modules; built from the downloaded module in about 20 minutes.
install_seaweedfs() {
  local module
  module=$(go mod download -json "$SEAWEEDFS" | node -p 'JSON.parse(require("fs").readFileSync(0)).Dir') &&
    cp -r "$module" "$work/seaweedfs-source" && chmod -R u+w "$work/seaweedfs-source" &&
    (cd "$work/seaweedfs-source" && go build -o "$work/bin/weed" ./weed)
}

start_seaweedfs() {
  local option ports=()
  prepare seaweedfs weed
  for option in master.port master.port.grpc volume.port volume.port.grpc filer.port filer.port.grpc s3.port.grpc; do
    ports+=("-$option" "$(free_port)")
  done
  cat >"$work/seaweedfs.json" <<EOF
{"identities": [{"name": "test", "credentials": [{"accessKey": "$key", "secretKey": "$secret"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
EOF
  # Each bucket gets volumes of its own.
  serve '' '' \
    "$program" server -dir "$data" -ip 127.0.0.1 -ip.bind 127.0.0.1 "${ports[@]}" \
    -volume.max 1000 -master.volumeSizeLimitMB 64 -s3 -s3.port "$port" -s3.port.iceberg=0 -s3.config "$work/seaweedfs.json"
}

install_rclone() {
  GOBIN="$work/bin" go install "$RCLONE"
}

# A local directory as its remote.
start_rclone() {
  prepare rclone rclone
  serve '' '' \
    "$program" serve s3 --auth-key "$key,$secret" --addr "127.0.0.1:$port" "$data"
}

jest() {
  node --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js "$@"
}
