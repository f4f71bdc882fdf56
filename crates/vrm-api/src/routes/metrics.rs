//! Counters for Prometheus (text format 0.0.4), written by hand.
//!
//! Knows names, types and help lines. No label holds an id, a name or an address: metrics go to other machines.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vrm_node::{NetStats, Spent};

use super::{Failure, Failures, status};
use crate::dto::Status;
use crate::server::App;

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Counters in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "node",
    responses((status = OK, content_type = "text/plain", body = String), Failures))]
async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let (look, raw) = (status::look(&app).await?, app.node.status().await?);
    let mut page = Page::default();
    of_node(&mut page, &look);
    of_net(&mut page, &raw.net);
    for (beat, spent) in [
        ("parse", raw.beats.parse),
        ("verify", raw.beats.verify),
        ("handle", raw.beats.handle),
        ("commit", raw.beats.commit),
    ] {
        of_beat(&mut page, beat, spent);
    }
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], page.0))
}

fn of_node(page: &mut Page, look: &Status) {
    let counts = &look.counts;
    page.gauge("vrm_connections", "Connected neighbours.", counts.connections);
    page.gauge("vrm_intents_open", "Own intents that take offers.", counts.intents_open);
    page.gauge("vrm_matches_open", "Matched intents of others that are open.", counts.matches_open);
    page.gauge("vrm_offers", "Talks about offers.", counts.offers);
    page.gauge("vrm_conduits", "Conduits.", counts.conduits);
    page.gauge("vrm_letters_waiting", "Own letters that wait for their receipt.", counts.letters_waiting);
    page.gauge("vrm_store_bytes", "Bytes on disk.", counts.store_bytes);
    page.counter("vrm_heard_total", "Objects taken in from gossip.", counts.heard);
    page.gauge("vrm_held", "Live objects that are held, for nodes that slept.", counts.held);
    page.gauge(
        "vrm_shelf_bytes",
        "Bytes of others' live objects kept for nodes that slept.",
        counts.shelf_bytes,
    );
    page.counter(
        "vrm_caught_up_total",
        "Objects that comparisons with neighbours brought.",
        counts.caught_up,
    );
    page.counter("vrm_decryptions_total", "Insides of letters that were opened.", counts.decryptions);
    page.head("vrm_refused_total", "Refusals by their code.", "counter");
    for (code, times) in &look.refused {
        page.line(&format!("vrm_refused_total{{code=\"{code}\"}}"), *times);
    }
}

fn of_net(page: &mut Page, net: &NetStats) {
    page.counter("vrm_net_published_total", "Messages published.", net.published);
    page.counter("vrm_net_heard_total", "Gossiped messages handed to the node.", net.heard);
    page.counter("vrm_net_rejected_total", "Verdicts that blame the sender.", net.rejected);
    page.counter(
        "vrm_net_dropped_total",
        "Gossiped messages ignored because the node was busy.",
        net.dropped,
    );
    page.counter("vrm_net_letters_in_total", "Letters handed to the node.", net.letters_in);
    page.counter("vrm_net_letters_out_total", "Letters sent.", net.letters_out);
    page.counter("vrm_net_redials_total", "Known peers dialled again.", net.redials);
    page.counter("vrm_net_bans_total", "Peers banned.", net.bans);
}

fn of_beat(page: &mut Page, beat: &str, spent: Spent) {
    page.counter(&format!("vrm_{beat}_nanoseconds_total"), "Time spent on this beat.", spent.nanos);
    page.counter(&format!("vrm_{beat}_total"), "How often this beat was done.", spent.times);
}

/// A page of metrics.
#[derive(Debug, Default)]
struct Page(String);

impl Page {
    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "counter");
        self.line(name, value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "gauge");
        self.line(name, value);
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, value: u64) {
        let _ = writeln!(self.0, "{name} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_help_type_and_value() {
        let mut page = Page::default();
        page.counter("vrm_heard_total", "Objects taken in from gossip.", 3);
        insta::assert_snapshot!(page.0, @r"
        # HELP vrm_heard_total Objects taken in from gossip.
        # TYPE vrm_heard_total counter
        vrm_heard_total 3
        ");
    }
}
