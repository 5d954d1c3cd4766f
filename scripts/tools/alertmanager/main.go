// Takes bodies of Alertmanager's webhook on standard input, one JSON document after the other, as a receiver written with Alertmanager's own
// types does: strictly, and rendered by its default templates. Writes one line of JSON for each, and ends with 1 at the first it does not take.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"
)

// What a receiver has made of a body.
type taken struct {
	Version     string `json:"version"`
	Subject     string `json:"subject"`
	Description string `json:"description"`
	Firing      int    `json:"firing"`
	Resolved    int    `json:"resolved"`
	// Ends that a receiver takes for one that is not over.
	Open int `json:"open"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	templates, err := template.FromGlobs(nil)
	if err != nil {
		return err
	}
	templates.ExternalURL = &url.URL{}
	bodies := json.NewDecoder(in)
	bodies.DisallowUnknownFields()
	for {
		message := webhook.Message{}
		if err := bodies.Decode(&message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		read, err := take(templates, message)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(read); err != nil {
			return err
		}
	}
}

func take(templates *template.Template, message webhook.Message) (taken, error) {
	subject, err := templates.ExecuteTextString(`{{ template "__subject" . }}`, message.Data)
	if err != nil {
		return taken{}, err
	}
	description, err := templates.ExecuteTextString(`{{ template "opsgenie.default.description" . }}`, message.Data)
	if err != nil {
		return taken{}, err
	}
	read := taken{
		Version:     message.Version,
		Subject:     subject,
		Description: description,
		Firing:      len(message.Alerts.Firing()),
		Resolved:    len(message.Alerts.Resolved()),
	}
	for _, alert := range message.Alerts {
		if alert.EndsAt.IsZero() {
			read.Open++
		}
	}
	return read, nil
}
