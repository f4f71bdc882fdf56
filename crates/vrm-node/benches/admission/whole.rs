//! The whole admission against the bare signature.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ed25519_dalek::{Signature, VerifyingKey};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;
use vrm_node::core::object::Intent;
use vrm_node::core::root::Root;
use vrm_node::core::{Kind, Signed};
use vrm_node::engine::{Claim, Engine, Parts, Received, Request};
use vrm_node::store::Store;
use vrm_node::{Act, Beats, Bounced, Command, KeySource, ManualClock, Outlet, Peer, Reply, Settings, Spent};
use vrm_protocol::{Judged, MessageTag, Penalty, Send, Topic, Verdict};
use vrm_store::SledStore;

use crate::crowd;

/// Neighbours that bring the intents, so that none is over its budget.
const NEIGHBOURS: usize = 8;

/// Wall and CPU time of something, for each of many.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    each: u32,
}

impl Cost {
    fn of(count: usize, work: impl FnOnce()) -> Self {
        let (start, busy) = (Instant::now(), cpu());
        work();
        let each = u32::try_from(count).unwrap();
        Self { wall: start.elapsed(), cpu: cpu() - busy, each }
    }

    fn rate(self) -> f64 {
        f64::from(self.each) / self.wall.as_secs_f64()
    }

    fn cpu_each(self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / f64::from(self.each)
    }
}

/// CPU time of this process so far, all threads together.
fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(spent.tv_sec).unwrap(), u32::try_from(spent.tv_nsec).unwrap())
}

/// Runs and prints.
pub(crate) fn run(intents: &[Signed<Intent>], filter: &str, runs: usize) {
    println!("{} intents of {} bytes, {runs} runs", intents.len(), intents[0].raw().as_bytes().len());
    println!(
        "{:>10} {:>10} {:>6} | {:>9} {:>9} {:>6}",
        "bare/s", "admitted/s", "ratio", "bare CPU", "all CPU", "ratio"
    );
    let mut last = Beats::default();
    for _ in 0..runs {
        let before = bare(intents);
        let (whole, beats) = admit(intents, filter);
        let after = bare(intents);
        let bare = if after.wall < before.wall { after } else { before };
        println!(
            "{:>10.0} {:>10.0} {:>6.2} | {:>6.1} µs {:>6.1} µs {:>6.2}",
            bare.rate(),
            whole.rate(),
            bare.rate() / whole.rate(),
            bare.cpu_each(),
            whole.cpu_each(),
            whole.cpu_each() / bare.cpu_each(),
        );
        last = beats;
    }
    shares(last, intents.len());
}

/// The share of each beat of the last run, and what one object cost in it.
fn shares(beats: Beats, count: usize) {
    let rows = [
        ("parse", beats.parse),
        ("verify", beats.verify),
        ("handle", beats.handle),
        ("commit", beats.commit),
    ];
    let total: u64 = rows.iter().map(|(_, spent)| spent.nanos).sum();
    for (name, Spent { nanos, times }) in rows {
        let (share, each) = (nanos as f64 * 100.0 / total as f64, nanos as f64 / 1e3 / count as f64);
        println!("{name:>8} {share:>5.1} %  {each:>6.1} µs an object, {times} times");
    }
}

/// The bare signatures, with everything but `verify_strict` prepared.
fn bare(intents: &[Signed<Intent>]) -> Cost {
    let prepared: Vec<_> = intents.iter().map(signed_parts).collect();
    Cost::of(intents.len(), || {
        for (key, message, signature) in &prepared {
            let key = VerifyingKey::from_bytes(key).unwrap();
            key.verify_strict(message, signature).unwrap();
        }
    })
}

/// Key, what was signed, signature: the envelope's only form taken apart by its fixed places.
fn signed_parts(intent: &Signed<Intent>) -> ([u8; 32], Vec<u8>, Signature) {
    let raw = intent.raw().as_bytes();
    let signature = Signature::from_bytes(raw.last_chunk().unwrap());
    let protected = &raw[4..42];
    let payload = vrm_node::core::cbor::encode(intent.payload()).unwrap();
    let mut signed = b"\x84\x6aSignature1".to_vec();
    for part in [protected, &Kind::Intent.aad(), &payload] {
        push_bytes(&mut signed, part);
    }
    (*intent.by().as_bytes(), signed, signature)
}

fn push_bytes(out: &mut Vec<u8>, part: &[u8]) {
    let len = u16::try_from(part.len()).unwrap();
    match len {
        0..=23 => out.push(0x40 | len as u8),
        24..=255 => out.extend_from_slice(&[0x58, len as u8]),
        _ => {
            out.push(0x59);
            out.extend_from_slice(&len.to_be_bytes());
        }
    }
    out.extend_from_slice(part);
}

/// Admits all of them in a fresh node on disk.
fn admit(intents: &[Signed<Intent>], filter: &str) -> (Cost, Beats) {
    let dir = tempfile::tempdir().unwrap();
    let (accepted, accepted_out) = channel();
    let engine = engine(dir.path(), accepted);
    save_filter(&engine, filter);
    let peers: Vec<Peer> = (0..NEIGHBOURS).map(|n| Peer::new(&format!("neighbour-{n}"))).collect();
    let cost = Cost::of(intents.len(), || {
        for (n, intent) in intents.iter().enumerate() {
            bring(&engine, &peers[n % NEIGHBOURS], n as u64, intent);
        }
        all_accepted(&accepted_out, intents.len());
    });
    let beats = engine.beats();
    engine.finish().unwrap();
    (cost, beats)
}

fn engine(dir: &Path, accepted: Sender<Verdict>) -> Engine {
    let store: Arc<dyn Store> = Arc::new(SledStore::open(dir.join("node"), &KeySource::File).unwrap());
    let settings = Settings {
        work_gossip: 0,
        budget_per_second: u32::MAX,
        budget_burst: u32::MAX,
        ..Settings::default()
    };
    let parts = Parts {
        store,
        settings,
        root: Root::from_entropy([7; 32]),
        me: Peer::new("here"),
        clock: Arc::new(ManualClock::new(crowd::now())),
        rng: ChaCha20Rng::from_seed([7; 32]),
        verifiers: 1,
    };
    Engine::start(parts, |_, _| Box::new(Verdicts(accepted))).unwrap()
}

fn save_filter(engine: &Engine, source: &str) {
    let (reply, answer) = oneshot::channel();
    let command = Command::SaveFilter { name: "dishwashers".parse().unwrap(), source: source.to_owned() };
    let request = Request::Do { command: Box::new(command), act: Act::Human, reply };
    engine.requests.blocking_send(request).unwrap();
    assert_eq!(answer.blocking_recv().unwrap().unwrap(), Reply::Ok);
}

/// Brings one, as the network does; a full pool is tried again, so that nothing is shed here.
fn bring(engine: &Engine, from: &Peer, tag: u64, intent: &Signed<Intent>) {
    let mut received = Received {
        from: from.clone(),
        at: Instant::now(),
        what: Claim::Gossip(Topic::Intents, MessageTag(tag)),
        data: bytes::Bytes::copy_from_slice(intent.raw().as_bytes()),
    };
    while let Err(back) = engine.intake.offer(received) {
        std::thread::sleep(Duration::from_micros(500));
        received = Received { at: Instant::now(), ..back };
    }
}

fn all_accepted(verdicts: &Receiver<Verdict>, count: usize) {
    for _ in 0..count {
        assert_eq!(verdicts.recv().unwrap(), Verdict::Accept);
    }
}

/// An outlet that tells only the verdicts.
struct Verdicts(Sender<Verdict>);

impl Outlet for Verdicts {
    fn judge(&mut self, judged: Judged) {
        self.0.send(judged.verdict).unwrap();
    }

    fn penalise(&mut self, _: Penalty) {}

    fn send(&mut self, _: Send) -> Result<(), Bounced> {
        Ok(())
    }
}
