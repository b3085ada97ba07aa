package apply

import (
	"io/fs"
	"reflect"
)

// statField returns what the system says of a file beyond what Go does, and
// nothing where it says nothing.
func statField(info fs.FileInfo, name string) uint64 {
	if info == nil {
		return 0
	}
	v := reflect.Indirect(reflect.ValueOf(info.Sys()))
	if v.Kind() != reflect.Struct {
		return 0
	}
	f := v.FieldByName(name)
	switch {
	case !f.IsValid():
		return 0
	case f.CanInt():
		return uint64(f.Int())
	case f.CanUint():
		return f.Uint()
	}
	return 0
}
