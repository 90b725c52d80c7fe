// Command second-opinion says what sigstore-go says of bundles: one question in JSON a line on standard input, one
// answer a line on standard output, so that one process answers for all.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
)

const library = "github.com/sigstore/sigstore-go"

// Question names files. The artifact is a file or a digest; who signed is a key, or an identity and its issuer. Logs,
// Promises and Times are how many of each must verify: log entries, SCTs, and services that say when.
type question struct {
	Bundle   string `json:"bundle"`
	Root     string `json:"root"`
	Artifact string `json:"artifact"`
	Digest   string `json:"digest"`
	Key      string `json:"key"`
	Identity string `json:"identity"`
	Issuer   string `json:"issuer"`
	Logs     int    `json:"logs"`
	Promises int    `json:"promises"`
	Times    int    `json:"times"`
}

type answer struct {
	Verified bool   `json:"verified"`
	Reason   string `json:"reason"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println(version())
		return
	}
	lines, answers := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		said := answer{Verified: true}
		if err := opinion(asked); err != nil {
			said = answer{Reason: err.Error()}
		}
		if err := answers.Encode(said); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

func opinion(asked question) error {
	entity, err := bundle.LoadJSONFromPath(asked.Bundle)
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	material, err := trusted(asked)
	if err != nil {
		return fmt.Errorf("trust: %w", err)
	}
	artifact, done, err := subject(asked)
	if err != nil {
		return fmt.Errorf("artifact: %w", err)
	}
	defer done()
	who, err := signer(asked)
	if err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	verifier, err := verify.NewVerifier(material, thresholds(asked)...)
	if err != nil {
		return fmt.Errorf("thresholds: %w", err)
	}
	_, err = verifier.Verify(entity, verify.NewPolicy(artifact, who))
	return err
}

// trusted is the key, if there is one, and the root, if there is one.
func trusted(asked question) (root.TrustedMaterial, error) {
	var all root.TrustedMaterialCollection
	if asked.Key != "" {
		key, err := keyMaterial(asked.Key)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	if asked.Root != "" {
		read, err := root.NewTrustedRootFromPath(asked.Root)
		if err != nil {
			return nil, err
		}
		all = append(all, read)
	}
	return all, nil
}

func keyMaterial(path string) (root.TrustedMaterial, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	verifier, err := signature.LoadDefaultVerifier(public)
	if err != nil {
		return nil, err
	}
	always := root.NewExpiringKey(verifier, time.Time{}, time.Time{})
	return root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return always, nil
	}), nil
}

func subject(asked question) (verify.ArtifactPolicyOption, func(), error) {
	if asked.Digest != "" {
		algorithm, encoded, _ := strings.Cut(asked.Digest, ":")
		digest, err := hex.DecodeString(encoded)
		return verify.WithArtifactDigest(algorithm, digest), func() {}, err
	}
	file, err := os.Open(asked.Artifact)
	if err != nil {
		return nil, nil, err
	}
	return verify.WithArtifact(file), func() { _ = file.Close() }, nil
}

func signer(asked question) (verify.PolicyOption, error) {
	if asked.Key != "" {
		return verify.WithKey(), nil
	}
	identity, err := verify.NewShortCertificateIdentity(asked.Issuer, "", asked.Identity, "")
	return verify.WithCertificateIdentity(identity), err
}

func thresholds(asked question) []verify.VerifierOption {
	var chosen []verify.VerifierOption
	if asked.Logs > 0 {
		chosen = append(chosen, verify.WithTransparencyLog(asked.Logs))
	}
	if asked.Promises > 0 {
		chosen = append(chosen, verify.WithSignedCertificateTimestamps(asked.Promises))
	}
	if asked.Times > 0 {
		return append(chosen, verify.WithObserverTimestamps(asked.Times))
	}
	return append(chosen, verify.WithNoObserverTimestamps())
}

// version is that of the library, as it was built in.
func version() string {
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, module := range built.Deps {
			if module.Path == library {
				return library + " " + module.Version
			}
		}
	}
	return library + " of no version"
}
