package plan

import (
	"bytes"
	"fmt"

	"scaffold/generator/tree"
)

// PointerTo reports whether ours is what a checkout without Git LFS has in place
// of f: then nobody has changed it.
func PointerTo(f, ours *tree.File) bool {
	if f == nil || !regular(ours) || !bytes.HasPrefix(ours.Data, []byte("version https://git-lfs.github.com/spec/")) {
		return false
	}
	end := fmt.Sprintf("\noid sha256:%s\nsize %d\n", f.Sum(), len(f.Data))
	return executable(ours) == executable(f) && bytes.HasSuffix(ours.Data, []byte(end))
}
