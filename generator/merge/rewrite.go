package merge

import (
	"go/version"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// rewrite edits f, which says what is in has, to say what is in want.
func rewrite(f *modfile.File, has, want map[statement]value) (ok bool) {
	requires := false
	for _, s := range sorted(has, want) {
		was, now := entry(has, s), entry(want, s)
		switch {
		case equal(was, now):
		case s.verb == "require":
			requires = true
		case now == nil:
			if drop(f, s) != nil {
				return false
			}
		default:
			if set(f, s, *now) != nil {
				return false
			}
		}
	}
	if requires {
		setRequires(f, want)
	}
	return true
}

// set adds a statement, or gives it another value. What it leaves undone does
// not pass format.
func set(f *modfile.File, s statement, v value) error {
	switch s.verb {
	case "module":
		return f.AddModuleStmt(v.text)
	case "go":
		return f.AddGoStmt(v.text)
	case "toolchain":
		return f.AddToolchainStmt(v.text)
	case "godebug":
		return f.AddGodebug(s.key, v.text)
	case "exclude":
		return f.AddExclude(s.key, s.keyVersion)
	case "replace":
		return f.AddReplace(s.key, s.keyVersion, v.text, v.version)
	case "retract":
		return f.AddRetract(modfile.VersionInterval{Low: s.key, High: s.keyVersion}, v.text)
	case "tool":
		return f.AddTool(s.key)
	case "ignore":
		return f.AddIgnore(s.key)
	}
	return nil
}

func drop(f *modfile.File, s statement) error {
	switch s.verb {
	case "go":
		f.DropGoStmt()
	case "toolchain":
		f.DropToolchainStmt()
	case "godebug":
		return f.DropGodebug(s.key)
	case "exclude":
		return f.DropExclude(s.key, s.keyVersion)
	case "replace":
		return f.DropReplace(s.key, s.keyVersion)
	case "retract":
		return f.DropRetract(modfile.VersionInterval{Low: s.key, High: s.keyVersion})
	case "tool":
		return f.DropTool(s.key)
	case "ignore":
		return f.DropIgnore(s.key)
	}
	return nil
}

// setRequires lays requirements out as the go command would: since Go 1.17,
// indirect ones stand in a block of their own.
func setRequires(f *modfile.File, all map[statement]value) {
	var list []*modfile.Require
	for _, s := range sorted(all, nil) {
		if v := all[s]; s.verb == "require" {
			list = append(list, &modfile.Require{
				Mod:      module.Version{Path: s.key, Version: v.text},
				Indirect: v.indirect,
			})
		}
	}
	if f.Go != nil && version.Compare("go"+f.Go.Version, "go1.17") >= 0 {
		f.SetRequireSeparateIndirect(list)
	} else {
		f.SetRequire(list)
	}
}
