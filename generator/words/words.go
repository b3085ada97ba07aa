// Package words writes a name in the ways that files, shells and languages want
// it: My Project is my-project, my_project, MyProject and MY_PROJECT.
//
// A word is a run of letters and digits. One also begins at an upper case letter
// after a lower case one, and at the last of several capitals before a lower case
// one: HTTPServer is HTTP and Server. Apostrophes are parts of a word, and dropped
// where a name cannot have one.
//
// It is not for prose: it knows no plural and no language's rules of capitals.
package words

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Snake returns the words of s in small letters, joined by underscores.
func Snake(s string) string { return strings.ToLower(strings.Join(names(s), "_")) }

// Kebab returns the words of s in small letters, joined by dashes.
func Kebab(s string) string { return strings.ToLower(strings.Join(names(s), "-")) }

// Pascal returns the words of s in small letters, each with a capital first and
// with nothing between them. Digits that would meet are kept apart by an
// underscore, because 1.10 and 11.0 are two names.
func Pascal(s string) string {
	var b strings.Builder
	for _, word := range names(s) {
		if joinsDigits(b.String(), word) {
			b.WriteByte('_')
		}
		b.WriteString(capitalize(strings.ToLower(word)))
	}
	return b.String()
}

// Camel is Pascal with the first word in small letters.
func Camel(s string) string {
	pascal := Pascal(s)
	list := names(s)
	if len(list) == 0 {
		return ""
	}
	first := strings.ToLower(list[0])
	return first + strings.TrimPrefix(pascal, capitalize(first))
}

// Title returns the words of s, each with a capital first, with spaces between
// them. What is in capitals stays so.
func Title(s string) string {
	list := split(s)
	for i, word := range list {
		list[i] = capitalize(word)
	}
	return strings.Join(list, " ")
}

// Slug returns the words of s in small ASCII letters, joined by dashes: what a
// host name, a path or a package's name may hold. Accents are dropped, letters
// of other alphabets are left out; nothing may be left.
func Slug(s string) string { return Kebab(ascii(s)) }

// EnvName returns s as the name of an environment variable (POSIX, section 8.1),
// in capitals.
func EnvName(s string) (string, error) {
	name := strings.ToUpper(Snake(ascii(s)))
	if name == "" {
		return "", fmt.Errorf("%q has no ASCII letter or digit to call a variable by", s)
	}
	if isDigit(name) {
		name = "_" + name
	}
	return name, nil
}

// GoIdent returns s as an identifier of Go that is not exported. A keyword, a
// predeclared name, init and main get an underscore at their end, because a
// package cannot declare them, or would hide what they are.
func GoIdent(s string) (string, error) {
	letters := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	name := Camel(letters)
	switch {
	case name == "":
		return "", fmt.Errorf("%q has no letter or digit to make an identifier of", s)
	case isDigit(name), token.IsExported(name): // not every capital has a small letter
		return "_" + name, nil
	case token.IsKeyword(name), slices.Contains(taken, name):
		return name + "_", nil
	}
	return name, nil
}

// taken are the identifiers that Go declares itself, or that only functions may have.
var taken = strings.Fields(`
	any append bool byte cap clear close comparable complex complex128 complex64 copy delete error
	false float32 float64 imag init int int16 int32 int64 int8 iota len main make max min new nil
	panic print println real recover rune string true uint uint16 uint32 uint64 uint8 uintptr`)

// apostrophes drops them. It is made once, because a text may have as many words as
// letters.
var apostrophes = strings.NewReplacer("'", "", "’", "")

// names are the words of s without their apostrophes.
func names(s string) []string {
	list := split(s)
	for i, word := range list {
		list[i] = apostrophes.Replace(word)
	}
	return list
}

// split returns the words of s. Letters are composed first, so that an accent is
// part of its letter however it is encoded.
func split(s string) []string {
	runes := []rune(norm.NFC.String(s))
	var list []string
	start := -1 // of the word that is being read
	for i, r := range runes {
		switch {
		case !isWord(runes, i, start >= 0):
			if start >= 0 {
				list = append(list, string(runes[start:i]))
			}
			start = -1
		case start < 0:
			start = i
		case unicode.IsUpper(r) && begins(runes, i):
			list = append(list, string(runes[start:i]))
			start = i
		}
	}
	if start >= 0 {
		list = append(list, string(runes[start:]))
	}
	return list
}

// isWord reports whether the rune at i is part of a word: a letter or a digit, a
// mark on one, or an apostrophe between letters.
func isWord(runes []rune, i int, inWord bool) bool {
	switch r := runes[i]; {
	case r == utf8.RuneError:
		return false
	case unicode.IsLetter(r), unicode.Is(unicode.Nd, r):
		return true
	case unicode.Is(unicode.M, r):
		return inWord
	case r == '\'' || r == '’':
		return inWord && i+1 < len(runes) && unicode.IsLetter(runes[i-1]) && unicode.IsLetter(runes[i+1])
	}
	return false
}

// begins reports whether a capital at i, inside a run of letters, begins a word.
func begins(runes []rune, i int) bool {
	return !unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

func capitalize(word string) string {
	first, size := utf8.DecodeRuneInString(word)
	return string(unicode.ToTitle(first)) + word[size:]
}

func isDigit(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return unicode.IsDigit(first)
}

func joinsDigits(before, word string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	return unicode.IsDigit(last) && isDigit(word)
}

// spelled are letters that have no accent to drop.
var spelled = strings.NewReplacer("ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE", "ø", "o", "Ø", "O",
	"đ", "d", "Đ", "D", "ð", "d", "Ð", "D", "ł", "l", "Ł", "L", "þ", "th", "Þ", "TH", "ħ", "h", "Ħ", "H", "ı", "i")

// ascii writes s in ASCII as far as that is a matter of accents and forms, with a
// space for whatever else is no ASCII. Accents go without a trace, or they would
// cut a word in two.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case unicode.Is(unicode.M, r):
			return -1
		case r == '’':
			return '\''
		}
		return ' '
	}, norm.NFKD.String(spelled.Replace(norm.NFC.String(s))))
}
