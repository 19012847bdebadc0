package clients

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"node.websocket/runtime/command/commandtest"
)

// typeCheck runs npm's TypeScript compiler in a folder, and returns what it prints: nothing, if all is well.
func typeCheck(t *testing.T, dir string, args ...string) string {
	t.Helper()
	needPackage(t, "typescript")
	compiler, err := filepath.Abs("../node_modules/.bin/tsc")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), scriptLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, compiler, append(args, "--noEmit", "--pretty", "false")...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() < 1 {
		t.Fatal(err)
	}
	return string(out)
}

// TestTypeScript checks the modules that the command new writes, and others, with npm's typescript and the types of
// the command types. Each mistake is found, and nothing else.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{{"new", "chat"}, {"new", "typed", "--ts"}} {
		if out, code := commandtest.Run(t, dir, args...); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, out)
		}
	}
	for name, text := range map[string]string{
		"right.ts": `
			import { inspect } from 'node:util';
			import storage = require('storage');
			const timer: Timeout = setInterval(() => { }, 1000);
			const hits: Promise<number> = storage.increment('hits', 1, { ttl: 60 });
			export class Module implements WebSocketModule {
				static options: ModuleOptions = { origins: ['http://a.com'], rateLimit: [1, 2], onSlow: 'drop', requests: true };
				static async onRequest(request: HttpRequest): Promise<HttpAnswer> {
					return { status: 200, headers: { 'set-cookie': ['a', 'b'] }, body: (await request.text()) + request.params.id };
				}
				onHandshake(request: HandshakeRequest): HandshakeAnswer { return request.origin === null ? false : { protocol: 'v1' }; }
				onData(data: string | Uint8Array, connection: Connection) {
					connection.nick = inspect(data);
					const sent: boolean | undefined = connection.reply?.(data);
					for (const other of connection.server.connections) other.send(data);
					connection.server.count = (connection.server.count || 0) + 1;
				}
				onDisconnect(connection: Connection, code: number, reason: string) { clearInterval(timer); }
			}
			module.hot.dispose((data) => { data.hits = hits; });
			test('time', async () => { clock.install({ now: new Date(0) }); await clock.tick(1000); clock.uninstall(); });`,
		"right.js": `
			// @ts-check
			/** @type {WebSocketModule} */
			exports.Module = { onData: function(data, connection){ connection.send(connection.request.query.name + data.length); } };`,
		"wrong.ts": `
			export class Module implements WebSocketModule {
				static options: ModuleOptions = { maxMesage: 1 };
				onData(data: string | Uint8Array, connection: Connection) {
					connection.send({});
					connection.request.cokies;
					connection.close('1000');
					data.toUpperCase();
				}
			}
			const x: number = require('storage').get('x');`,
	} {
		commandtest.WriteFile(t, filepath.Join(dir, "modules", name), text)
	}
	var found []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+\.[jt]s\(\d+),\d+\): error`).FindAllStringSubmatch(typeCheck(t, dir, "-p", "jsconfig.json"), -1) {
		found = append(found, strings.TrimPrefix(m[1], "modules/")+")")
	}
	if got, want := strings.Join(found, " "), "wrong.ts(3) wrong.ts(5) wrong.ts(6) wrong.ts(7) wrong.ts(8) wrong.ts(11)"; got != want {
		t.Errorf("mistakes at %s, want %s\n%s", got, want, typeCheck(t, dir, "-p", "jsconfig.json"))
	}
}

// TestTypesOfModules checks the modules that come with the program, and their tests. Those that are no ES modules are
// compiled one by one, because in TypeScript's view a file that assigns this.Module has its variables in common with
// all others.
func TestTypesOfModules(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "x.js"), "")
	if out, code := commandtest.Run(t, dir, "types"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	files, err := filepath.Glob("../../modules/*.[jt]s")
	more, err2 := filepath.Glob("../benchmark/modules/*.js")
	if err != nil || err2 != nil || len(files) == 0 || len(more) == 0 {
		t.Fatalf("no modules: %v %v", err, err2)
	}
	check := func(detection string, files ...string) {
		t.Helper()
		if out := typeCheck(t, dir, append(files, "modules/types.d.ts", "--ignoreConfig", "--allowJs", "--checkJs", "--target", "ES2023", "--lib", "ES2023,WebWorker", "--types", "",
			"--module", "Preserve", "--moduleResolution", "Bundler", "--moduleDetection", detection, "--strict", "false")...); out != "" {
			t.Errorf("%s:\n%s", strings.Join(files, " "), out)
		}
	}
	needPackage(t, "chess.js") // of modules/chess.js
	installed, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(installed, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	var modern []string // ES modules and tests
	for _, file := range append(files, more...) {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join("modules", filepath.Base(filepath.Dir(filepath.Dir(file))), filepath.Base(file))
		commandtest.WriteFile(t, filepath.Join(dir, name), string(source))
		if strings.HasSuffix(name, ".test.js") || regexp.MustCompile(`(?m)^export `).Match(source) {
			modern = append(modern, name)
			continue
		}
		check("auto", name)
	}
	check("force", modern...)
}

// TestTypesOfGlobals checks that every global of a module has a type.
func TestTypesOfGlobals(t *testing.T) {
	t.Parallel()
	p := commandtest.Start(t, map[string]string{"test.js": `exports.onRequest = () => JSON.stringify(Object.getOwnPropertyNames(globalThis).concat('require', 'module', 'exports'))`},
		"--allow-env", "--allow-net")
	answer, err := http.Get("http://" + p.Address() + "/test")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var names []string
	if err := json.NewDecoder(answer.Body).Decode(&names); err != nil || len(names) < 100 {
		t.Fatalf("%q: %v", names, err)
	}
	dir, ours := t.TempDir(), regexp.MustCompile(`^\w+$`) // others are for the program's own use
	var uses strings.Builder
	for _, name := range names {
		if ours.MatchString(name) && name != "GoError" { // which is goja's
			uses.WriteString("void " + name + ";\n")
		}
	}
	commandtest.WriteFile(t, filepath.Join(dir, "modules", "globals.ts"), uses.String()+"void noSuchGlobal;\nexport {};\n")
	if out, code := commandtest.Run(t, dir, "types"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	out := typeCheck(t, dir, "-p", "jsconfig.json")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 1 || !strings.Contains(lines[0], "'noSuchGlobal'") {
		t.Errorf("not only noSuchGlobal has no type:\n%s", out)
	}
}
