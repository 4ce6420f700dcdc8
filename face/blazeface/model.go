package blazeface

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"sync"
)

// The weights: face_detection_short_range.tflite of the npm package @mediapipe/face_detection 0.4.1657300184, byte
// for byte; LICENCE.md gives the source and the licence.
//
//go:embed face_detection_short_range.tflite
var weights []byte

// weightsSum is the SHA-256 of the weights.
const weightsSum = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"

// layer has the weights of one convolution: one row of inputs for each output or, in a depthwise one, nine rows of
// channels; and an offset for each output.
type layer struct{ w, bias []float32 }

// model has the layers in the order in which the network uses them.
type model struct {
	stem   layer
	blocks [len(plan)]struct{ depth, point layer }
	scores [2]layer // of the fine grid and the coarse one
	boxes  [2]layer
}

// load reads the weights once; afterwards they are read-only.
var load = sync.OnceValue(func() *model {
	layers, err := readLayers(weights)
	if err == nil && len(layers) != 1+2*len(plan)+4 {
		err = errDamaged
	}
	if err != nil {
		panic(err) // the embedded bytes are checked by a test
	}
	m := &model{stem: inFours(layers[0])}
	for i := range m.blocks {
		m.blocks[i].depth, m.blocks[i].point = layers[1+2*i], inFours(layers[2+2*i])
	}
	rest := layers[1+2*len(plan):]
	m.scores = [2]layer{inFours(rest[0]), inFours(rest[1])}
	m.boxes = [2]layer{inFours(rest[2]), inFours(rest[3])}
	return m
})

// inFours pads the outputs of a layer with zeros to a multiple of four.
func inFours(l layer) layer {
	n := len(l.bias)
	width := len(l.w) / n
	more := (4 - n%4) % 4
	return layer{append(l.w, make([]float32, more*width)...), append(l.bias, make([]float32, more)...)}
}

var errDamaged = errors.New("blazeface: weights damaged")

// Numbers of the schema of TensorFlow Lite (tensorflow/lite/schema/schema.fbs, version 3).
const (
	opConv, opDepthwise, opDequantize = 3, 4, 6

	modelCodes, modelGraphs, modelBuffers = 1, 2, 4
	graphTensors, graphOperators          = 0, 3
	operatorCode, operatorIn, operatorOut = 0, 1, 2
	tensorType, tensorBuffer              = 1, 2
	codeOld, codeNew                      = 0, 3
	typeFloat16                           = 1
)

// readLayers lists the convolutions of a TensorFlow Lite file in its order. Their
// weights are 16-bit floats that a dequantize operator widens.
func readLayers(b []byte) (out []layer, err error) {
	defer func() {
		if recover() != nil { // an offset beyond the end
			out, err = nil, errDamaged
		}
	}()
	m := table{b, int(u32(b, 0))}
	graph := m.tables(modelGraphs)[0]
	codes, buffers, tensors := m.tables(modelCodes), m.tables(modelBuffers), graph.tables(graphTensors)
	narrow := map[int32]int32{} // from a widened tensor to the one in the file
	for _, op := range graph.tables(graphOperators) {
		code := codes[op.number(operatorCode)]
		in := op.numbers(operatorIn)
		switch max(int(code.byte(codeOld)), int(code.number(codeNew))) {
		case opDequantize:
			narrow[op.numbers(operatorOut)[0]] = in[0]
		case opConv, opDepthwise:
			var l layer
			for i, to := range [2]*[]float32{&l.w, &l.bias} {
				t := tensors[narrow[in[1+i]]]
				if t.byte(tensorType) != typeFloat16 {
					return nil, errDamaged
				}
				at, n := buffers[t.number(tensorBuffer)].vector(0)
				for k := range n / 2 {
					*to = append(*to, widen(binary.LittleEndian.Uint16(b[at+2*k:])))
				}
			}
			out = append(out, l)
		}
	}
	return out, nil
}

// table is a table of a FlatBuffer: a place in its bytes.
type table struct {
	b  []byte
	at int
}

func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// field returns the place of field i, 0 where it is not stored.
func (t table) field(i int) int {
	fields := t.at - int(int32(u32(t.b, t.at)))
	if 4+2*i >= int(binary.LittleEndian.Uint16(t.b[fields:])) {
		return 0
	}
	if v := int(binary.LittleEndian.Uint16(t.b[fields+4+2*i:])); v != 0 {
		return t.at + v
	}
	return 0
}

func (t table) number(i int) int32 {
	if at := t.field(i); at != 0 {
		return int32(u32(t.b, at))
	}
	return 0
}

func (t table) byte(i int) int8 {
	if at := t.field(i); at != 0 {
		return int8(t.b[at])
	}
	return 0
}

// vector returns the place of a vector's first element and the number of its elements.
func (t table) vector(i int) (at, n int) {
	f := t.field(i)
	if f == 0 {
		return 0, 0
	}
	at = f + int(u32(t.b, f))
	return at + 4, int(u32(t.b, at))
}

func (t table) numbers(i int) []int32 {
	at, n := t.vector(i)
	out := make([]int32, n)
	for k := range out {
		out[k] = int32(u32(t.b, at+4*k))
	}
	return out
}

func (t table) tables(i int) []table {
	at, n := t.vector(i)
	out := make([]table, n)
	for k := range out {
		out[k] = table{t.b, at + 4*k + int(u32(t.b, at+4*k))}
	}
	return out
}

// widen converts a 16-bit float (IEEE 754 binary16) to 32 bits.
func widen(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10)&31, uint32(h)&1023
	switch exp {
	case 0: // zero and subnormal numbers
		v := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
