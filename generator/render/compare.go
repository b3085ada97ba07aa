package render

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
)

// comparing are text/template's own functions that handle bytes, written anew
// because those cannot be charged for. They say what those say of the values
// that templates have here: strings, booleans, numbers and lists of strings.
var comparing = map[string]any{
	"eq": equal,
	"ne": func(a, b any) (bool, error) { same, err := equal(a, b); return !same, err },
	"lt": func(a, b any) (bool, error) { n, err := order(a, b); return n < 0, err },
	"le": func(a, b any) (bool, error) { n, err := order(a, b); return n <= 0, err },
	"gt": func(a, b any) (bool, error) { n, err := order(a, b); return n > 0, err },
	"ge": func(a, b any) (bool, error) { n, err := order(a, b); return n >= 0, err },

	"index": index,
}

var (
	errIncomparable = errors.New("incompatible types for comparison")
	errUnordered    = errors.New("invalid type for comparison")
)

func basic(value any) any {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	case v.CanFloat():
		return v.Float()
	}
	return value
}

func equal(a any, others ...any) (bool, error) {
	if len(others) == 0 {
		return false, errors.New("missing argument for comparison")
	}
	a = basic(a)
	for _, b := range others {
		b = basic(b)
		kind := reflect.TypeOf(a)
		switch {
		case a == nil || b == nil:
			if a == b {
				return true, nil
			}
			continue
		case kind != reflect.TypeOf(b):
			return false, errIncomparable
		case !kind.Comparable():
			return false, fmt.Errorf("non-comparable type %s", kind)
		case a == b:
			return true, nil
		}
	}
	return false, nil
}

func order(a, b any) (int, error) {
	switch a := basic(a).(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b), nil
		}
	case int64:
		if b, ok := basic(b).(int64); ok {
			return cmp.Compare(a, b), nil
		}
	case float64:
		if b, ok := basic(b).(float64); ok {
			return cmp.Compare(a, b), nil
		}
	default:
		return 0, errUnordered
	}
	return 0, errIncomparable
}

func index(item any, keys ...any) (any, error) {
	if item == nil {
		return nil, errors.New("index of untyped nil")
	}
	for _, key := range keys {
		switch of := item.(type) {
		case map[string]any:
			name, ok := key.(string)
			if !ok {
				return nil, fmt.Errorf("value has type %T; should be string", key)
			}
			item = of[name]
		case []string:
			i, err := place(key, len(of))
			if err != nil {
				return nil, err
			}
			item = of[i]
		case string:
			i, err := place(key, len(of))
			if err != nil {
				return nil, err
			}
			item = of[i]
		default:
			return nil, fmt.Errorf("can't index item of type %T", item)
		}
	}
	return item, nil
}

func place(key any, length int) (int, error) {
	i, ok := basic(key).(int64)
	if !ok {
		return 0, fmt.Errorf("cannot index slice/array with type %T", key)
	}
	if i < 0 || i >= int64(length) {
		return 0, fmt.Errorf("index out of range: %d", i)
	}
	return int(i), nil
}
