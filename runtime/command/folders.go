package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"node.websocket/runtime/command/option"
)

// makeFolders makes the folder of the modules, and that of the pages, if a program that was told nothing of them starts
// where there are none. So it serves at once, and what is written into them later. A folder that an option
// names is not made, because a name that does not exist is likely to be wrong.
func makeFolders(set option.Set) error {
	modules := option.Modules.In(set)
	if option.Modules.GivenIn(set) {
		return nil
	}
	if _, err := os.Stat(modules); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.Mkdir(modules, 0o755); err != nil {
		return fmt.Errorf("there is no folder %s here, and it cannot be made; name another with --modules DIR: %w", modules, err)
	}
	if option.Public.GivenIn(set) || publicFolder(set) != "" {
		return nil
	}
	if err := os.Mkdir(option.Public.In(set), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("there is no folder for pages here, and it cannot be made; choose none with --public '': %w", err)
	}
	return nil
}
