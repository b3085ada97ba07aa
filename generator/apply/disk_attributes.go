//go:build linux || darwin

package apply

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const accessList = "system.posix_acl_access" // where Linux keeps an access control list

// ofBytes are the attributes that vouch for a file's bytes, and so must not go to
// other bytes. Nor must the bits by which a program runs as its owner.
var ofBytes = []string{"security.capability", "security.evm", "security.ima"}

// copyAttributes gives one open file the owner, the group and the extended
// attributes of another, and names those that it may not.
func copyAttributes(from, to *os.File) (lost []string, err error) {
	var was, is unix.Stat_t
	if err := unix.Fstat(int(from.Fd()), &was); err != nil {
		return nil, err
	}
	if err := unix.Fstat(int(to.Fd()), &is); err != nil {
		return nil, err
	}
	if was.Uid != is.Uid && unix.Fchown(int(to.Fd()), int(was.Uid), -1) != nil {
		lost = append(lost, "owner")
	}
	if was.Gid != is.Gid && unix.Fchown(int(to.Fd()), -1, int(was.Gid)) != nil {
		lost = append(lost, lostGroup)
	}
	if was.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 {
		lost = append(lost, "setuid and setgid bits")
	}
	names := attributeNames(from)
	if !slices.Contains(names, accessList) && slices.Contains(attributeNames(to), accessList) { // the folder's default
		unix.Fremovexattr(int(to.Fd()), accessList)
	}
	for _, name := range names {
		switch {
		case copyAttribute(from, to, name):
		case name == accessList:
			lost = append(lost, lostList)
		default:
			lost = append(lost, "extended attribute "+name)
		}
	}
	return lost, nil
}

func copyAttribute(from, to *os.File, name string) bool {
	if slices.Contains(ofBytes, name) {
		return false
	}
	value, ok := attribute(from, name)
	if !ok {
		return false
	}
	if has, ok := attribute(to, name); ok && string(has) == string(value) {
		return true
	}
	return unix.Fsetxattr(int(to.Fd()), name, value, 0) == nil
}

// attributeNames returns nothing where a file system has no attributes.
func attributeNames(f *os.File) []string {
	n, err := unix.Flistxattr(int(f.Fd()), nil)
	if err != nil || n == 0 {
		return nil
	}
	buffer := make([]byte, n)
	if n, err = unix.Flistxattr(int(f.Fd()), buffer); err != nil {
		return nil
	}
	return strings.FieldsFunc(string(buffer[:n]), func(r rune) bool { return r == 0 })
}

func attribute(f *os.File, name string) ([]byte, bool) {
	n, err := unix.Fgetxattr(int(f.Fd()), name, nil)
	if err != nil {
		return nil, false
	}
	value := make([]byte, n)
	n, err = unix.Fgetxattr(int(f.Fd()), name, value)
	return value[:max(n, 0)], err == nil
}
