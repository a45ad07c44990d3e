// Health tells what the libraries of GitOps tools say of an object.
//
// It reads objects as lines of JSON and answers each with a line of JSON: what kstatus makes of it, what Flux's edition
// of kstatus does, and what Argo CD shows with the health scripts that the command line names, one for each kind:
//
//	health AciService=health.lua AciContainerGroup=health.lua
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Kstatus string `json:"kstatus"`
	Flux    string `json:"flux"`
	Argo    string `json:"argo"`
	Message string `json:"message"` // Argo CD's
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	scripts := map[string]string{}
	for _, argument := range os.Args[1:] {
		kind, path, _ := strings.Cut(argument, "=")
		script, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		scripts[kind] = string(script)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(lines.Bytes()); err != nil {
			return err
		}
		answer, err := judge(object, scripts[object.GetKind()])
		if err != nil {
			return fmt.Errorf("%w, of %s", err, lines.Text())
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func judge(object *unstructured.Unstructured, script string) (verdict, error) {
	upstream, err := status.Compute(object)
	if err != nil {
		return verdict{}, err
	}
	fluxs, err := flux.Compute(object)
	if err != nil {
		return verdict{}, err
	}
	health, err := argo(object, script)
	if err != nil {
		return verdict{}, err
	}
	return verdict{upstream.Status.String(), fluxs.Status.String(), health.status, health.message}, nil
}
