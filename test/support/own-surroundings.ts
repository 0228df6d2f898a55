/**
 * Runs before each test file: settings of the machine (proxies, AWS settings, connections, colours, a umask) must not affect the tests.
 * Programs that tests start get their environment from `Sandbox`.
 */
const NOT_OURS =
  /^(AWS_|S3_SYNC_(CONNECTION_|PASSPHRASE|SOURCE_SSE_KEY|TARGET_SSE_KEY)|OPSKIT_|TOOL_|XDG_|LC_|LANG|NO_COLOR|FORCE_COLOR|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|BASH_ENV|ENV$)|_proxy$/i

for (const name of Object.keys(process.env)) if (NOT_OURS.test(name)) Reflect.deleteProperty(process.env, name)
process.env['LANG'] = 'C.UTF-8'
process.umask(0o022)
