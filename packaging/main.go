// Command packaging makes all that a release consists of, and tries it: ../release
// runs it.
//
// It works in a clone of HEAD, never in the repository, so that what is released is
// what was committed. There it sets the module's path if one is given, because go
// install finds a module only by the path that its go.mod has, and tags the commit,
// so that the go command writes the version into each binary as go install does.
// Then it builds each binary, packs it in each way that people install it, and
// installs and runs those of this machine.
//
// A step fails the whole, and nothing is skipped unseen: a tool that is missing is
// named with the step that needed it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const usage = `usage: ./release [-quick] [-tag] [-out DIR] [-npm NAME] VERSION [MODULE]

Makes release VERSION (v1.2.3) of HEAD in DIR, and tries it. MODULE is the path that
the module shall have, as example.com/acme/scaffold; go.mod's if none is given.
Nothing is published, and the repository is left as it is, but for the tag.

`

// A release is what all steps know.
type release struct {
	version string   // v1.2.3
	module  string   // the path of the module, with its domain
	npm     string   // the name of the npm package
	work    string   // a folder that is removed at the end
	source  string   // the clone in it
	dist    string   // what is released, in it
	pages   []string // README.md and what it leads to
	date    time.Time
	tools   map[string]string // programs that were built for this, by name
	modules []string          // where the go command finds modules here, as environment
	trial   bool              // nothing of it will be published
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, usage)
		flags.PrintDefaults()
	}
	quick := flags.Bool("quick", false, "leave out .ci/run in the clone, which takes most of the time")
	tag := flags.Bool("tag", false, "fetch the tag VERSION into the repository when all is well, to be pushed")
	out := flags.String("out", "dist", "the `DIR` that all is put in, in place of an earlier release")
	npm := flags.String("npm", "scaffold-go", "the `NAME` of the npm package")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if flags.NArg() < 1 || flags.NArg() > 2 {
		flags.Usage()
		return errors.New("want VERSION and perhaps MODULE, after all flags")
	}
	r := &release{version: flags.Arg(0), module: flags.Arg(1), npm: *npm, tools: make(map[string]string), trial: *quick && !*tag}
	if err := errors.Join(r.checkNames(), checkOut(*out), r.checkRepository()); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(*out), ".dist-") // beside it, so that it is known at once whether that can be written
	if err != nil {
		return fmt.Errorf("-out %q: the folder above it must be there and writable: %w", *out, err)
	}
	defer os.RemoveAll(made)
	if r.work, err = os.MkdirTemp("", "release-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.work)
	r.source, r.dist = filepath.Join(r.work, "source"), filepath.Join(r.work, "dist")
	if err := r.make(*quick); err != nil {
		return err
	}
	if err := replace(*out, r.dist, made); err != nil || !*tag {
		return err
	}
	return r.fetchTag()
}

// make is the order of the steps.
func (r *release) make(quick bool) error {
	type step struct {
		name string
		do   func() error
	}
	steps := []step{{"clone HEAD, with its module's path", r.clone}}
	if !quick {
		steps = append(steps, step{"run .ci/run in the clone", r.runCI})
	}
	steps = append(steps, []step{
		{"install the tools", r.installTools},
		{"build", r.build},
		{"build again elsewhere, and compare", r.buildAgain},
		{"collect what goes with each binary", r.stage},
		{"pack archives, and what each binary is made of", r.archive},
		{"pack deb and rpm", r.packSystem},
		{"pack npm", r.packNPM},
		{"write the Containerfile", r.packContainer},
		{"install by go", r.tryGo},
		{"install archive, deb and rpm", r.trySystem},
		{"install by npm", r.tryNPM},
		{"build the image", r.tryContainer},
		{"write checksums", r.sum},
	}...)
	for _, s := range steps {
		began := time.Now()
		fmt.Printf("== %s\n", s.name)
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("   %.1f s\n", time.Since(began).Seconds())
	}
	return nil
}

func (r *release) runCI() error {
	return r.run(r.source, nil, filepath.Join(r.source, ".ci", "run"))
}

// The tools are no dependencies of the module. nfpm is not the newest, because two
// modules that 2.48 needs could not be had. An SBOM has the hash of the program that
// wrote it, so these too are built the same everywhere.
func (r *release) installTools() error {
	for name, version := range map[string]string{
		"github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod": "v1.10.0",
		"github.com/goreleaser/nfpm/v2/cmd/nfpm":                   "v2.43.0",
	} {
		bin := filepath.Join(r.work, "tools")
		if err := r.run(r.work, []string{"GOBIN=" + bin, "GOFLAGS=-trimpath", "CGO_ENABLED=0"}, "go", "install", name+"@"+version); err != nil {
			return err
		}
		r.tools[filepath.Base(name)] = filepath.Join(bin, filepath.Base(name)+exe(host.os))
	}
	return nil
}

// run runs a program whose output is for whoever looks on if it fails.
func (r *release) run(dir string, env []string, name string, args ...string) error {
	_, err := r.output(dir, env, name, args...)
	return err
}

// output returns what a program prints.
func (r *release) output(dir string, env []string, name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = dir, append(append(os.Environ(), "SCAFFOLD_DEFAULTS=off"), env...)
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", c, err, out.String(), errs.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// replace puts what was made, by way of a folder beside it, in the place of an
// earlier release.
func replace(out, dist, beside string) error {
	if err := errors.Join(os.CopyFS(beside, os.DirFS(dist)), os.Chmod(beside, 0o755), checkOut(out)); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(out), os.Rename(beside, out)); err != nil {
		return err
	}
	fmt.Printf("== all is in %s\n", out)
	return nil
}
