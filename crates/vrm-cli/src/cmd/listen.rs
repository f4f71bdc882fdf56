//! `vrm listen`: matches as they come, to the terminal or to another program on this machine.
//!
//! Knows: filters by name or as an expression that is kept for as long as this runs, and how a match is handed on.
//! Nothing is lost: when the other program does not answer, this ends and says where to go on.

use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use hyper::Uri;
use vrm_api::dto::{Class, Problem, Told};
use vrm_api::trial::Trial;

use super::stream::{Events, Extent};
use super::watch::plain;
use super::{all, filter, http};
use crate::ctx::Ctx;
use crate::failure::{Failure, usage};
use crate::out::{short, visible};

/// The name under which an expression is kept while this runs.
const OWN: &str = "listen";
/// Tries to hand one match on; with the pauses between them about six seconds.
const TRIES: u32 = 6;
/// First pause after a failed try; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the other program may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// Matches as they come
#[derive(Debug, Args)]
#[command(
    after_help = "Example: vrm listen --filter 'category(\"x:home\")' --forward-to http://127.0.0.1:3000/leads"
)]
pub(crate) struct Listen {
    /// Only these: an expression, or a kept filter as @NAME
    #[arg(long, value_name = "EXPR|@NAME")]
    filter: Option<String>,
    /// Hand each match on: a POST to this address on this machine
    #[arg(long, value_name = "URL", value_parser = http::loopback)]
    forward_to: Option<Uri>,
    #[command(flatten)]
    extent: Extent,
}

pub(crate) async fn run(listen: Listen, ctx: &Ctx) -> Result<(), Failure> {
    ctx.only_if_real("listen for matches")?;
    let ear = Ear::open(listen.filter.as_deref(), ctx).await?;
    let heard = hear(&listen, &ear, ctx).await;
    ear.close(ctx).await?;
    heard
}

/// Which matches are ours.
struct Ear {
    name: Option<String>,
    kept: bool,
}

impl Ear {
    async fn open(asked: Option<&str>, ctx: &Ctx) -> Result<Self, Failure> {
        let (name, expression) = match asked {
            Some(asked) if asked.starts_with('@') => {
                filter::source(asked, ctx).await?;
                return Ok(Self { name: Some(asked[1..].to_owned()), kept: true });
            }
            Some(expression) => (Some(OWN.to_owned()), expression),
            None if has_filters(ctx).await? => return Ok(Self { name: None, kept: true }),
            // Who listens without any filter wants to hear everything.
            None => (Some(OWN.to_owned()), "true"),
        };
        Trial::new(expression)?;
        ctx.client().save_filter(OWN, expression).await?;
        Ok(Self { name, kept: false })
    }

    fn is_ours(&self, told: &Told) -> bool {
        let names =
            told.about.get("filters").and_then(|f| f.as_array()).map(Vec::as_slice).unwrap_or_default();
        told.what == "matched"
            && self.name.as_ref().is_none_or(|name| names.iter().any(|n| n.as_str() == Some(name)))
    }

    /// Forgets an expression that was kept only for this.
    async fn close(self, ctx: &Ctx) -> Result<(), Failure> {
        if self.kept {
            return Ok(());
        }
        match ctx.client().remove_filter(OWN).await {
            // The node has stopped, or somebody removed it: either way it is told elsewhere or gone.
            Err(problem) if matches!(problem.class, Class::NoDaemon | Class::NotFound) => Ok(()),
            other => other.map(drop).map_err(Failure::from),
        }
    }
}

async fn has_filters(ctx: &Ctx) -> Result<bool, Failure> {
    let client = ctx.client();
    let filters = all(None, async |page| client.filters(&page).await).await?;
    Ok(filters.iter().any(|f| f.name.as_str() != OWN))
}

async fn hear(listen: &Listen, ear: &Ear, ctx: &Ctx) -> Result<(), Failure> {
    let mut events = Events::open(&listen.extent, ctx).await?;
    while let Some(told) = events.next().await? {
        if !ear.is_ours(&told) {
            continue;
        }
        if let Some(to) = &listen.forward_to {
            forward(to, &told).await?;
        }
        ctx.out.item(&told, &plain(&told), &sentence(&told))?;
        events.shown();
    }
    Ok(())
}

fn sentence(told: &Told) -> String {
    let Some(demand) = told.demand() else { return String::new() };
    let where_ = demand.area_served.map(|a| format!(" · {a}")).unwrap_or_default();
    let budget = demand.price_specification.map(|b| format!(" · {}", b.0)).unwrap_or_default();
    let until = demand.valid_through;
    visible(&format!(
        "{:>5}  intent {} · {}{where_}{budget} · until {until}\n",
        told.seq,
        short(&demand.id),
        demand.name
    ))
}

/// Hands a match on; a bounded number of tries.
async fn forward(to: &Uri, told: &Told) -> Result<(), Failure> {
    let body = Bytes::from(
        serde_json::to_vec(told).map_err(|e| usage("json", "this has no JSON form", e.to_string(), ""))?,
    );
    let key = format!("vrm-match-{}", told.seq);
    let mut why = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(PAUSE * 2u32.pow(attempt - 1)).await;
        }
        match tokio::time::timeout(ANSWER, http::post(to, &key, body.clone())).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => why = error,
            Err(_) => why = "no answer in time".to_owned(),
        }
    }
    Err(not_forwarded(to, told.seq, &why).into())
}

fn not_forwarded(to: &Uri, seq: u64, why: &str) -> Problem {
    Problem::new(Class::Failed, "not_forwarded", "a match could not be handed on")
        .because(format!("{to}: {why}, {TRIES} times"))
        .mend(format!("nothing is lost: vrm listen --since {} --forward-to {to}", seq.saturating_sub(1)))
        .worth_retrying()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn told() -> Told {
        serde_json::from_value(
            serde_json::json!({ "seq": 7, "at": "2026-03-01T12:00:00Z", "what": "matched" }),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn a_busy_receiver_is_tried_again_with_the_same_key() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to: Uri = format!("http://{}/leads", listener.local_addr().unwrap()).parse().unwrap();
        let server = tokio::spawn(async move {
            let mut keys = Vec::new();
            for answer in ["HTTP/1.1 503 busy\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 204 ok\r\n\r\n"] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap();
                let head = String::from_utf8_lossy(&head[..read]).to_string();
                keys.extend(head.lines().find(|l| l.starts_with("idempotency-key")).map(str::to_owned));
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            keys
        });
        forward(&to, &told()).await.unwrap();
        assert_eq!(server.await.unwrap(), ["idempotency-key: vrm-match-7", "idempotency-key: vrm-match-7"]);
    }

    #[test]
    fn what_was_not_handed_on_can_be_taken_up_again() {
        let problem = not_forwarded(&"http://127.0.0.1:1/".parse().unwrap(), 7, "refused");
        assert!(problem.retry && problem.fix.contains("--since 6"));
    }
}
