//go:build !linux

package gateway

func readable(any) bool { return false }
