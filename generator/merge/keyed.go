package merge

// mergeMaps merges key by key. Where both sides changed a key, and not alike,
// resolve chooses; it gets nil for a side that removed the key. Without resolve,
// or where it chooses nothing, there is no merge.
func mergeMaps[K, V comparable](base, ours, theirs map[K]V, resolve func(k K, base, ours, theirs *V) *V) (merged map[K]V, ok bool) {
	merged = map[K]V{}
	for _, m := range []map[K]V{base, ours, theirs} {
		for k := range m {
			if _, done := merged[k]; done {
				continue
			}
			b, o, t := entry(base, k), entry(ours, k), entry(theirs, k)
			var v *V
			switch {
			case equal(o, b):
				v = t
			case equal(t, b), equal(o, t):
				v = o
			case resolve != nil:
				if v = resolve(k, b, o, t); v == nil {
					return nil, false
				}
			default:
				return nil, false
			}
			if v != nil {
				merged[k] = *v
			}
		}
	}
	return merged, true
}

// entry is nil where m has no k.
func entry[K, V comparable](m map[K]V, k K) *V {
	if v, ok := m[k]; ok {
		return &v
	}
	return nil
}

func equal[V comparable](a, b *V) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
