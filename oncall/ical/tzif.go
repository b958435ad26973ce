package ical

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// onset is the instant from which a clock has an offset; both in seconds.
type onset struct{ at, offset int64 }

// maxOffsets is how many offsets a clock may have; the format counts them in a
// byte.
const maxOffsets = 200

// location makes a time.Location of the onsets, which are in order of time. The
// time package makes one only of zone data in the format of RFC 9636, so that is
// what they are written as. Before the first onset the clock has the initial
// offset.
func location(name string, initial int64, onsets []onset) (*time.Location, error) {
	offsets := []int64{initial}
	for _, o := range onsets {
		if !slices.Contains(offsets, o.offset) {
			offsets = append(offsets, o.offset)
		}
		if len(offsets) > maxOffsets {
			return nil, fmt.Errorf("at most %d offsets from UTC in one time zone", maxOffsets)
		}
	}
	var types []byte
	for i, offset := range offsets {
		types = binary.BigEndian.AppendUint32(types, uint32(int32(offset)))
		types = append(types, 0, byte(i))
	}
	names := make([]byte, len(offsets)) // each is empty
	var times, indices []byte
	for _, o := range onsets {
		times = binary.BigEndian.AppendUint64(times, uint64(o.at))
		indices = append(indices, byte(slices.Index(offsets, o.offset)))
	}
	// The first block is for readers that know 32 bits only. The second counts.
	data := header(0, 1, 1)
	data = append(data, 0, 0, 0, 0, 0, 0, 0)
	data = append(data, header(len(onsets), len(offsets), len(names))...)
	data = slices.Concat(data, times, indices, types, names, []byte("\n\n"))
	return time.LoadLocationFromTZData(name, data)
}

// header begins a block with so many changes, offsets and bytes of names.
func header(changes, offsets, names int) []byte {
	data := append([]byte("TZif2"), make([]byte, 15)...)
	for _, n := range []int{0, 0, 0, changes, offsets, names} {
		data = binary.BigEndian.AppendUint32(data, uint32(n))
	}
	return data
}
