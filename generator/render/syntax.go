package render

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"

	"scaffold/generator/strictyaml"
	"scaffold/generator/tree"
)

// checkSyntax reads a rendered file as its language: one that does not parse is
// the pack's mistake, and better found here than by the user's compiler.
func checkSyntax(template string, f tree.File) error {
	var err error
	switch path.Ext(f.Path) {
	case ".go":
		err = checkGo(f.Data)
	case ".json":
		if !json.Valid(f.Data) {
			err = errors.New("is no JSON")
		}
	case ".yaml", ".yml":
		_, _, err = strictyaml.Parse(f.Path, f.Data)
	}
	if err != nil {
		return fmt.Errorf("%s: writes %s, which does not parse: %w", template, f.Path, err)
	}
	return nil
}

func checkGo(source []byte) error {
	_, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if list, ok := err.(scanner.ErrorList); ok {
		return fmt.Errorf("line %d: %s", list[0].Pos.Line, list[0].Msg)
	}
	return err
}
