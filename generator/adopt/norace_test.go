//go:build !race

package adopt

const raceDetector = false
