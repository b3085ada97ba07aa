package console

import (
	"context"
	"io"
	"io/fs"

	"scaffold/generator"
	"scaffold/generator/report"
)

// PackList lists the packs that come with scaffold.
func (c *Console) PackList(ctx context.Context, builtin fs.FS) error {
	packs, err := generator.Packs(ctx, builtin)
	if err != nil {
		return err
	}
	return c.buffered(func(w io.Writer) { report.Packs(w, packs) })
}

// PackShow shows the questions, choices, defaults and files of the pack called
// name, a folder or one of builtin.
func (c *Console) PackShow(ctx context.Context, builtin fs.FS, name string) error {
	g, err := generator.Load(ctx, builtin, name)
	if err != nil {
		return err
	}
	return c.buffered(func(w io.Writer) { report.Pack(w, g.Pack, c.style()) })
}
