package environment

import (
	"os"
	"runtime"

	"github.com/dop251/goja"

	"node.websocket/runtime/permission"
)

// processHost gives js/process.js the environment that is granted, and what the machine is.
func (e *Environment) processHost(o *goja.Object, set func(string, int, func(goja.FunctionCall) goja.Value)) {
	vm, granted := e.vm, e.options.Permissions
	set("environ", 0, func(goja.FunctionCall) goja.Value {
		env := vm.NewObject()
		for name, value := range granted.Environ() {
			_ = env.Set(name, value)
		}
		return env
	})
	set("hides", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(granted.Hides(call.Argument(0).String())) })
	set("now", 0, e.now)
	set("cwd", 0, func(goja.FunctionCall) goja.Value {
		dir, err := os.Getwd()
		if err == nil && !granted.Read.Grants() {
			err = &permission.Denied{Doing: "reading the working directory's name", Flag: "--allow-read"}
		}
		if err != nil {
			panic(e.errorOf(err))
		}
		return vm.ToValue(dir)
	})
	platform, arch := runtime.GOOS, runtime.GOARCH
	switch platform {
	case "windows":
		platform = "win32"
	case "solaris", "illumos":
		platform = "sunos"
	}
	switch arch {
	case "amd64":
		arch = "x64"
	case "386":
		arch = "ia32"
	case "mipsle":
		arch = "mipsel"
	case "ppc64le":
		arch = "ppc64"
	}
	_ = o.Set("platform", platform)
	_ = o.Set("arch", arch)
}
