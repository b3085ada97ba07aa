//go:build unix

package main

import (
	"fmt"
	"os"
)

// durable copies a folder and waits until the copy would outlast a power cut,
// as scaffold new does.
const durable = `cp -r "$0" "$1" && find "$1" -exec sync {} +`

// new measures scaffold new against cp -r of what it writes.
func (b bench) new() error {
	const rounds = 41
	original := b.at("original")
	if _, err := b.scaffold("new", original, "--name", "hello", "--transport", "fcgi"); err != nil {
		return err
	}
	var news, copies, synced, starts samples
	var err error
	for i := range rounds {
		err = news.add(err, func() (sample, error) {
			return b.scaffold("new", b.at(fmt.Sprint("new", i)), "--name", "hello", "--transport", "fcgi")
		})
		err = copies.add(err, func() (sample, error) { return once("cp", "-r", original, b.at(fmt.Sprint("copy", i))) })
		err = synced.add(err, func() (sample, error) {
			return once("sh", "-c", durable, original, b.at(fmt.Sprint("synced", i)))
		})
		err = starts.add(err, func() (sample, error) { return b.scaffold("--version") })
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	row("scaffold new", news.median(), "ms", "median of %d", rounds)
	row("cp -r", copies.median(), "ms", "scaffold new takes %.1f times as long", news.median()/copies.median())
	row("cp -r, synced", synced.median(), "ms", "%.1f times", news.median()/synced.median())
	row("start alone", starts.median(), "ms", "scaffold --version")
	row("peak memory", news.peak(), "MiB", "")
	row("binary", float64(info.Size())/1e6, "MB", "")
	return nil
}
