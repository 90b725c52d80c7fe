// Command layer-oracle says what Go's archive/tar reads in layers, and which tree containerd makes of them: one
// question in JSON a line on standard input, one answer a line on standard output, so that one process answers for all.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/containerd/log"
	"golang.org/x/sys/unix"
)

const (
	library    = "github.com/containerd/containerd"
	lineLimit  = 64 << 20
	entryLimit = 10_000
	unpacked   = 64 << 20
)

// Question has layers as a registry has them, the lowest first. Overlay asks for the tree of that file system too.
type question struct {
	Layers  [][]byte `json:"layers"`
	Overlay bool     `json:"overlay"`
}

type answer struct {
	Readings []reading `json:"readings"`
	Plain    tree      `json:"plain"`
	Overlay  *tree     `json:"overlay"`
}

// Reading is one layer's; Problem where it ends before its end.
type reading struct {
	Entries []entry `json:"entries"`
	Problem string  `json:"problem"`
}

type entry struct {
	Name    []byte `json:"name"`
	Kind    string `json:"kind"`
	Link    []byte `json:"link"`
	Content []byte `json:"content"`
}

// Tree is what lies where; Problem where there is none.
type tree struct {
	Nodes   []entry `json:"nodes"`
	Problem string  `json:"problem"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println(version())
		return
	}
	_ = log.SetLevel("panic")
	lines, answers := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	lines.Buffer(nil, lineLimit)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		if err := answers.Encode(answered(asked)); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func answered(asked question) answer {
	var said answer
	for _, layer := range asked.Layers {
		said.Readings = append(said.Readings, read(layer))
	}
	said.Plain = made(func(folder string) (string, func(), error) { return plain(folder, asked.Layers) })
	if asked.Overlay {
		found := made(func(folder string) (string, func(), error) { return overlay(folder, asked.Layers) })
		said.Overlay = &found
	}
	return said
}

// read lists the entries of a layer.
func read(layer []byte) reading {
	said := reading{Entries: []entry{}}
	stream, err := compression.DecompressStream(bytes.NewReader(layer))
	if err != nil {
		said.Problem = err.Error()
		return said
	}
	defer stream.Close()
	bounded := io.LimitReader(stream, unpacked)
	archived := tar.NewReader(bounded)
	for len(said.Entries) < entryLimit {
		header, err := archived.Next()
		if errors.Is(err, io.EOF) {
			return said
		}
		content := []byte{}
		if err == nil {
			content, err = io.ReadAll(archived)
		}
		if err != nil {
			said.Problem = err.Error()
			return said
		}
		said.Entries = append(said.Entries, entry{
			[]byte(header.Name), string(header.Typeflag), []byte(header.Linkname), content,
		})
	}
	said.Problem = "too many entries"
	return said
}

// made lists what a way of unpacking leaves in a folder of its own.
func made(unpack func(folder string) (string, func(), error)) tree {
	folder, err := os.MkdirTemp("", "layer-oracle-")
	if err != nil {
		return tree{Problem: err.Error()}
	}
	defer os.RemoveAll(folder)
	root, undo, err := unpack(folder)
	if undo != nil {
		defer undo()
	}
	if err != nil {
		return tree{Problem: err.Error()}
	}
	nodes, err := listed(root)
	if err != nil {
		return tree{Problem: err.Error()}
	}
	return tree{Nodes: nodes}
}

// plain unpacks one layer over the other, as containerd does where the file system has no layers of its own.
func plain(folder string, layers [][]byte) (string, func(), error) {
	for _, layer := range layers {
		if err := apply(folder, layer); err != nil {
			return folder, nil, err
		}
	}
	return folder, nil, nil
}

// overlay unpacks each layer into a folder of its own and mounts them, as containerd and docker do by default.
func overlay(folder string, layers [][]byte) (string, func(), error) {
	var lower []string
	for number, layer := range layers {
		upper := filepath.Join(folder, fmt.Sprint(number))
		if err := os.Mkdir(upper, 0o755); err != nil {
			return "", nil, err
		}
		parents := archive.WithParents(slices.Clone(lower))
		if err := apply(upper, layer, archive.WithConvertWhiteout(archive.OverlayConvertWhiteout), parents); err != nil {
			return "", nil, err
		}
		lower = append([]string{upper}, lower...)
	}
	// With one folder there is nothing to lay over another: an empty one lies below.
	bottom, root := filepath.Join(folder, "bottom"), filepath.Join(folder, "root")
	if err := errors.Join(os.Mkdir(bottom, 0o755), os.Mkdir(root, 0o755)); err != nil {
		return "", nil, err
	}
	options := "lowerdir=" + strings.Join(append(lower, bottom), ":")
	if err := unix.Mount("overlay", root, "overlay", unix.MS_RDONLY, options); err != nil {
		return "", nil, err
	}
	return root, func() { _ = unix.Unmount(root, unix.MNT_DETACH) }, nil
}

func apply(folder string, layer []byte, options ...archive.ApplyOpt) error {
	stream, err := compression.DecompressStream(bytes.NewReader(layer))
	if err != nil {
		return err
	}
	defer stream.Close()
	bounded := io.LimitReader(stream, unpacked)
	if _, err := archive.Apply(context.Background(), folder, bounded, append(options, archive.WithNoSameOwner())...); err != nil {
		return err
	}
	// What follows the archive is read too: containerd hashes it.
	_, err = io.Copy(io.Discard, bounded)
	return err
}

func listed(root string) ([]entry, error) {
	nodes := []entry{}
	err := filepath.WalkDir(root, func(path string, found fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		node := entry{Name: []byte(strings.TrimPrefix(path, root+"/"))}
		switch found.Type() {
		case 0:
			node.Kind = "file"
			node.Content, err = os.ReadFile(path)
		case fs.ModeDir:
			node.Kind = "directory"
		case fs.ModeSymlink:
			node.Kind = "symlink"
			var link string
			link, err = os.Readlink(path)
			node.Link = []byte(link)
		default:
			node.Kind = "device"
		}
		nodes = append(nodes, node)
		return err
	})
	return nodes, err
}

// version is that of the library, as it was built in.
func version() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if strings.HasPrefix(module.Path, library) {
				return library + " " + module.Version
			}
		}
	}
	return library + " of no version"
}
