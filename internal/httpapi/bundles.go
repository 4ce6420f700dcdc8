package httpapi

import (
	"context"
	"net/url"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// listed makes a bundle of one page of a list. If there are more pages, it links to the next one.
func (a *API) listed(ctx context.Context, c blush.Caller, ref blush.UserRef, observed []scan.Observed, more bool) (any, error) {
	u, err := a.accounts.Named(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	f := newFound()
	f.include(fhir.Identified(u, names(c)))
	for _, one := range observed {
		values, by, err := observations(one)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			f.add(v, by)
		}
	}
	at := recordOf(ctx).places
	here := a.cfg.BaseURL + at.op.Path
	links := []fhir.Link{{Relation: "self", URL: here + "?" + at.query.Encode()}}
	if more {
		onward := url.Values{}
		for k, v := range at.query {
			onward[k] = v
		}
		onward.Set("starting_after", observed[len(observed)-1].ID)
		links = append(links, fhir.Link{Relation: "next", URL: here + "?" + onward.Encode()})
	}
	return f.bundle(fhir.Searchset, a.cfg.BaseURL+fhirPath, links...), nil
}

func (a *API) scansBundle(ctx context.Context, c blush.Caller, ref blush.UserRef, l blush.List[blush.Scan]) (any, error) {
	observed := make([]scan.Observed, len(l.Data))
	for i := range l.Data {
		observed[i] = scan.Observed{ID: l.Data[i].ID, Scan: &l.Data[i]}
	}
	return a.listed(ctx, c, ref, observed, l.HasMore)
}

func (a *API) readingsBundle(ctx context.Context, c blush.Caller, ref blush.UserRef, l blush.List[insight.KeptReading]) (any, error) {
	observed := make([]scan.Observed, len(l.Data))
	for i := range l.Data {
		observed[i] = scan.Observed{ID: l.Data[i].ID, Reading: &l.Data[i].Reading}
	}
	return a.listed(ctx, c, ref, observed, l.HasMore)
}

// scanBundle is one scan, with its patient and engine.
func (a *API) scanBundle(ctx context.Context, c blush.Caller, sc blush.Scan) (any, error) {
	u, err := a.accounts.Named(ctx, c, blush.UserRef{ID: sc.UserID})
	if err != nil {
		return nil, err
	}
	values, by, err := fhir.OfScan(sc)
	if err != nil {
		return nil, err
	}
	f := newFound()
	f.include(fhir.Identified(u, names(c)))
	for _, v := range values {
		f.add(v, by)
	}
	return f.bundle(fhir.Collection, a.cfg.BaseURL+fhirPath), nil
}

// profileBundle is a profile with its metrics, its patient and the model behind them.
func (a *API) profileBundle(ctx context.Context, c blush.Caller, r insight.Report, name string) (any, error) {
	u, err := a.accounts.Named(ctx, c, blush.UserRef{ID: r.User.ID})
	if err != nil {
		return nil, err
	}
	values, by := fhir.OfProfile(u.ID, r.Insights, name, r.UpdatedAt)
	f := newFound()
	f.include(fhir.Identified(u, names(c)))
	for _, v := range values {
		f.add(v, &by)
	}
	return f.bundle(fhir.Collection, a.cfg.BaseURL+fhirPath), nil
}
