package command

import (
	"node.websocket/runtime/command/option"
	"node.websocket/runtime/permission"
)

// permissionsOf returns what the options grant to modules.
func permissionsOf(set option.Set) permission.Set {
	return permission.Set{
		Read: option.AllowRead.In(set),
		Net:  option.AllowNet.In(set),
		Env:  option.AllowEnv.In(set),
		Run:  option.AllowRun.In(set),

		Redis: option.Redis.In(set) != nil,
	}
}
