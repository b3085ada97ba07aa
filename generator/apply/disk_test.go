package apply

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"testing"

	"scaffold/generator/lock"
)

// disks are all there are, and the model that stands in for them in tests: they
// must agree.
func disks(t *testing.T, dir string) map[string]disk {
	t.Helper()
	mkdir(t, dir+"/system")
	mkdir(t, dir+"/portable")
	system, err := openDisk(dir + "/system")
	if err != nil {
		t.Fatal(err)
	}
	portable, err := openRootDisk(dir+"/portable", cannotExchange)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]disk{"system": system, "portable": portable, "model": newMemDisk()}
}

func cannotExchange(*os.File, string, *os.File, string) error { return errNoExchange }

func TestDisksAgree(t *testing.T) {
	for name, d := range disks(t, t.TempDir()) {
		t.Run(name, func(t *testing.T) { exercise(t, d) })
	}
}

func exercise(t *testing.T, d disk) {
	defer d.close()
	is := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
	}
	put := func(name, text string, mode fs.FileMode) error {
		made, lost, err := create(d, name, []byte(text), mode, "")
		if err == nil && (made != mode || len(lost) > 0) {
			t.Errorf("create %s: mode %v, lost %q", name, made, lost)
		}
		return err
	}
	is("mkdir", d.mkdir("dir", 0o777), nil)
	is("mkdir twice", d.mkdir("dir", 0o777), fs.ErrExist)
	is("mkdir in nothing", d.mkdir("none/dir", 0o777), fs.ErrNotExist)
	is("create", put("dir/a", "a", 0o640), nil)
	is("create twice", put("dir/a", "", 0o640), fs.ErrExist)
	is("create where a folder is", put("dir", "", 0o640), fs.ErrExist)
	is("create below a file", put("dir/a/b", "", 0o640), syscall.ENOTDIR)
	is("create", put("b", "b", 0o755), nil)
	e, err := d.stat("dir/a")
	is("stat", err, nil)
	if e.mode != 0o640 || e.id == 0 {
		t.Errorf("stat: got %v", e)
	}
	_, err = d.stat("dir/none")
	is("stat nothing", err, fs.ErrNotExist)
	_, err = d.stat("b/none")
	is("stat below a file", err, syscall.ENOTDIR)
	names, err := d.list("dir")
	if is("list", err, nil); !slices.Equal(names, []string{"a"}) {
		t.Errorf("list: got %q", names)
	}
	is("rename over a file", d.rename("b", "dir/a"), fs.ErrExist)
	is("rename over a folder", d.rename("b", "dir"), fs.ErrExist)
	is("rename nothing", d.rename("none", "c"), fs.ErrNotExist)
	is("rename nothing over a file", d.rename("none", "b"), fs.ErrNotExist)
	is("rename", d.rename("b", "dir/b"), nil)
	is("rename a folder", d.rename("dir", "folder"), nil)
	is("remove nothing", d.remove("none"), fs.ErrNotExist)
	is("rmdir with files", d.rmdir("folder"), fs.ErrExist)
	is("rmdir a file", d.rmdir("folder/a"), syscall.ENOTDIR)
	if err := d.remove("folder"); err == nil {
		t.Error("remove removes a folder")
	}
	if err := d.exchange("folder/a", "folder/b"); err != nil && !errors.Is(err, errNoExchange) {
		t.Errorf("exchange: %v", err)
	} else if want := map[bool]string{true: "b", false: "a"}[err == nil]; read(t, d, "folder/a") != want {
		t.Errorf("exchange: a has %q, want %q", read(t, d, "folder/a"), want)
	}
	is("sync", d.sync("folder"), nil)
	is("sync nothing", d.sync("none"), fs.ErrNotExist)
	is("sync the root", d.sync("."), nil)
	made, lost, err := create(d, "folder/like", []byte("like"), 0o600, "folder/a")
	if is("create like", err, nil); made != 0o600 || len(lost) > 0 {
		t.Errorf("create like: mode %v, lost %q", made, lost)
	}
	_, _, err = create(d, "folder/unlike", nil, 0o600, "folder/none")
	is("create like nothing", err, fs.ErrNotExist)
	is("remove", d.remove("folder/a"), nil)
	held, err := d.lock("folder/lock", "me\n")
	is("lock", err, nil)
	_, err = d.lock("folder/lock", "another\n")
	is("lock twice", err, lock.ErrHeld)
	if text := read(t, d, "folder/lock"); text != "me\n" {
		t.Errorf("the lock says %q", text)
	}
	held.Close()
	held, err = d.lock("folder/lock", "again\n")
	is("lock again", err, nil)
	held.Close()
	is("remove all", removeAll(d, "folder"), nil)
	is("remove all of nothing", removeAll(d, "folder"), nil)
}

func read(t *testing.T, d disk, name string) string {
	t.Helper()
	r, err := d.open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// No link is followed, not even one that stays inside, whether on the way or at
// the end; and no file that is none is opened.
func TestDisksFollowNothing(t *testing.T) {
	outside := t.TempDir()
	put(t, outside+"/file", "outside\n", 0o644)
	dir := t.TempDir()
	for name, d := range disks(t, dir) {
		if name == "model" {
			continue
		}
		root := dir + "/" + name
		put(t, root+"/real/file", "inside\n", 0o644)
		symlink(t, "real", root+"/inside")
		symlink(t, outside, root+"/outside")
		symlink(t, "real/file", root+"/link")
		symlink(t, "none", root+"/dangling")
		mkfifo(t, root+"/fifo")
		before, beforeOut := list(t, root), list(t, outside)
		for _, link := range []string{"inside", "outside"} {
			for what, err := range map[string]error{
				"stat":     second(d.stat(link + "/file")),
				"open":     second(d.open(link + "/file")),
				"list":     second(d.list(link)),
				"create":   second(d.create(link+"/new", 0o600)),
				"mkdir":    d.mkdir(link+"/new", 0o777),
				"remove":   d.remove(link + "/file"),
				"rmdir":    d.rmdir(link + "/file"),
				"rename":   d.rename("real/file", link+"/new"),
				"rename 2": d.rename(link+"/file", "new"),
				"exchange": d.exchange("real/file", link+"/file"),
				"sync":     d.sync(link),
				"lock":     second(d.lock(link+"/lock", "")),
			} {
				if err == nil {
					t.Errorf("%s: %s follows %s", name, what, link)
				}
			}
		}
		for _, file := range []string{"link", "dangling", "fifo", "real"} {
			if _, err := d.open(file); err == nil {
				t.Errorf("%s: opens %s", name, file)
			}
			if _, err := d.lock(file, "clobbered"); err == nil {
				t.Errorf("%s: locks %s", name, file)
			}
		}
		if list(t, root) != before || list(t, outside) != beforeOut {
			t.Errorf("%s: something changed:%s%s", name, list(t, root), list(t, outside))
		}
		d.close()
	}
}

func second[T any](_ T, err error) error { return err }
