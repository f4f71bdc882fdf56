//! What a flood costs on the wire and in CPU, under different gossip settings.
//!
//! Five nodes in one process, every pair connected, one publishes, four judge at once. Run it in a network
//! namespace that holds nothing but `lo`, so that the interface counter tells the bytes on the wire:
//!
//! ```text
//! unshare -rn sh -c 'ip link set lo up; flood mesh=4 idontwant=256 delay=10'
//! ```
//!
//! Words: `n=10000 size=600 nodes=5 window=512 rate=0 mesh= low= high= lazy= idontwant= delay=` (ms)
//! `verdict=` (ms until a verdict) `quic star`. One JSON line comes out.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use vrm_net::{GossipConfig, KeySeed, NetConfig, NetEvent, NetEvents, NetHandle, Published, Topic, start};
use vrm_protocol::Verdict;

const TOPIC: &str = "vrm/1/intents";

/// Messages that some neighbour was too slow to take.
static MISSED: AtomicU64 = AtomicU64::new(0);

/// The words of the command line.
struct Words(HashMap<String, String>);

impl Words {
    fn read() -> Self {
        let pair = |word: String| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word, String::new()),
        };
        Self(std::env::args().skip(1).map(pair).collect())
    }

    fn number(&self, name: &str, otherwise: usize) -> usize {
        self.0.get(name).map_or(otherwise, |value| value.parse().unwrap())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn gossip(&self) -> GossipConfig {
        let base = GossipConfig::new(&[TOPIC]);
        let delay = base.forward_delay.as_millis() as usize;
        GossipConfig {
            mesh: self.number("mesh", base.mesh),
            mesh_low: self.number("low", base.mesh_low),
            mesh_high: self.number("high", base.mesh_high),
            lazy: self.number("lazy", base.lazy),
            idontwant_above: self.number("idontwant", base.idontwant_above),
            forward_delay: Duration::from_millis(self.number("delay", delay) as u64),
            ..base
        }
    }
}

#[tokio::main]
async fn main() {
    let words = Words::read();
    let (handles, events) = nodes(&words).await;
    let counts: Vec<Arc<AtomicU64>> = events.iter().map(|_| Arc::default()).collect();
    let late = Duration::from_millis(words.number("verdict", 0) as u64);
    for ((handle, events), count) in handles.iter().zip(events).zip(&counts) {
        tokio::spawn(judge(handle.clone(), events, Arc::clone(count), late));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    report(&words, &handles, &counts[1..]).await;
}

/// Starts and connects the nodes: all pairs, or all to the first with `star`.
async fn nodes(words: &Words) -> (Vec<NetHandle>, Vec<NetEvents>) {
    let road = if words.has("quic") { "/ip4/127.0.0.1/udp/0/quic-v1" } else { "/ip4/127.0.0.1/tcp/0" };
    let (mut handles, mut events, mut addrs): (Vec<NetHandle>, Vec<NetEvents>, Vec<String>) =
        Default::default();
    for i in 0..words.number("nodes", 5) {
        let mut config = NetConfig::new(KeySeed::new([i as u8 + 1; 32]), &[]);
        (config.listen, config.gossip) = (vec![road.to_owned()], words.gossip());
        let (handle, mut heard) = start(config).unwrap();
        let Some(NetEvent::Listening { addr }) = heard.recv().await else {
            panic!("the first news is where we listen");
        };
        for other in addrs.iter().take(if words.has("star") { 1 } else { i }) {
            handle.dial(other).await.unwrap();
        }
        handles.push(handle);
        events.push(heard);
        addrs.push(addr);
    }
    (handles, events)
}

/// Accepts everything, at once or `late`, and counts.
async fn judge(handle: NetHandle, mut events: NetEvents, count: Arc<AtomicU64>, late: Duration) {
    let mut batch = Vec::new();
    while events.recv_many(&mut batch, 256).await > 0 {
        let msgs: Vec<_> = batch
            .drain(..)
            .filter_map(|event| match event {
                NetEvent::Heard { msg, .. } => Some(msg),
                NetEvent::SlowPeer { missed, .. } => {
                    MISSED.fetch_add(missed as u64, SeqCst);
                    None
                }
                _ => None,
            })
            .collect();
        count.fetch_add(msgs.len() as u64, SeqCst);
        let handle = handle.clone();
        let verdicts = async move {
            if !late.is_zero() {
                tokio::time::sleep(late).await;
            }
            msgs.into_iter().for_each(|msg| handle.report(msg, Verdict::Accept));
        };
        if late.is_zero() { verdicts.await } else { drop(tokio::spawn(verdicts)) }
    }
}

/// Floods, waits for the last delivery, prints the line.
async fn report(words: &Words, handles: &[NetHandle], counts: &[Arc<AtomicU64>]) {
    let (n, size) = (words.number("n", 10_000) as u64, words.number("size", 600));
    let (cpu, wire, began) = (cpu_s(), wire_bytes(), Instant::now());
    let full = flood(words, &handles[0], counts, n, size).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while slowest(counts) < n && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let delivered: u64 = counts.iter().map(|count| count.load(SeqCst)).sum();
    let shed: u64 = handles.iter().map(|net| net.stats().dropped + net.stats().unjudged).sum();
    let slow = MISSED.load(SeqCst);
    let (cpu, wire) = (cpu_s() - cpu, wire_bytes() - wire);
    let payload = (size as u64 * n * counts.len() as u64) as f64;
    println!(
        r#"{{"delivered":{delivered},"lost":{},"seconds":{seconds:.2},"delivered_per_s":{:.0},"cpu_s":{cpu:.2},"wire_mb":{:.1},"wire_x":{:.2},"queues_full":{full},"shed":{shed},"slow":{slow}}}"#,
        n * counts.len() as u64 - delivered,
        delivered as f64 / seconds,
        wire as f64 / 1e6,
        wire as f64 / payload,
    );
}

/// Publishes, at most a window ahead of the slowest, or at a fixed rate; how often all queues were full.
async fn flood(words: &Words, first: &NetHandle, counts: &[Arc<AtomicU64>], n: u64, size: usize) -> u64 {
    let (window, rate) = (words.number("window", 512) as u64, words.number("rate", 0));
    let (topic, mut full, began) = (Topic::new(TOPIC), 0, Instant::now());
    for i in 0..n {
        if rate > 0 {
            let due = began + Duration::from_secs_f64(i as f64 / rate as f64);
            tokio::time::sleep_until(due.into()).await;
        }
        while i >= slowest(counts) + window {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        let mut data = vec![b'x'; size];
        data[..8].copy_from_slice(&i.to_be_bytes());
        match first.publish(&topic, data).await.unwrap() {
            Published::Sent => {}
            Published::QueuesFull => full += 1,
            other => panic!("{other:?}"),
        }
    }
    full
}

fn slowest(counts: &[Arc<AtomicU64>]) -> u64 {
    counts.iter().map(|count| count.load(SeqCst)).min().unwrap()
}

/// User and system time of this process, in seconds.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Bytes that the loopback interface has received.
fn wire_bytes() -> u64 {
    let dev = std::fs::read_to_string("/proc/net/dev").unwrap();
    let line = dev.lines().find_map(|line| line.trim().strip_prefix("lo:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
