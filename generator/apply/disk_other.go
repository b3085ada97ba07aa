//go:build !linux

package apply

import (
	"os"
)

// openDisk opens a disk with a smaller guarantee than Linux's: between the look
// at a name and the rename to it another program could step.
func openDisk(root string) (disk, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return rootDisk{r, swapNames}, nil
}
