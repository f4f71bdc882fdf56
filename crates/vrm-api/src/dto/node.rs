//! The node itself in JSON: status, neighbours, the ledger of what left, and short answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vrm_core::Cid;
use vrm_core::value::Text;
use vrm_node::PeerInfo;
use vrm_protocol::Act;
use vrm_protocol::mail::Receipt;
use vrm_protocol::mailbox::Deposit;
use vrm_protocol::records::{self, Ending};

use super::Moment;

/// What a write came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// The object that was made or sent, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub id: Option<Cid>,
}

/// An address to dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeerAddress {
    /// A multiaddress, or what `vrm invite` prints.
    #[schema(example = "/ip4/192.0.2.7/tcp/8762/p2p/12D3KooW…")]
    pub address: String,
}

/// How to reach this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    /// Full multiaddresses, best first.
    pub addresses: Vec<String>,
    /// The best of them as a link.
    pub link: String,
}

/// A round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pong {
    /// Microseconds there and back.
    pub micros: u64,
}

/// One line of the ledger of everything that left this node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutboxLine {
    /// Place in the ledger.
    pub seq: u64,
    /// When it was written, before it left.
    pub at: Moment,
    /// Kind of payload.
    #[schema(value_type = String)]
    pub kind: Text<32>,
    /// Its id.
    #[schema(value_type = String)]
    pub id: Cid,
    /// To whom: a topic, or the short form of a key.
    #[schema(value_type = String)]
    pub to: Text<120>,
    /// Bytes on the wire.
    pub bytes: u32,
    /// `human`, or `rule: NAME`.
    pub act: String,
    /// What became of it.
    pub state: OutboxState,
    /// The mailboxes that held or hold its letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Held>,
    /// What its reader said, in words, when that was a no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// What became of something that left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// Told to everybody, or brought over a stream: there is nobody who answers for all.
    Sent,
    /// Its letter waits here until somebody takes it.
    Queued,
    /// Its letter lies in a mailbox.
    Stored,
    /// On its reader's disk, by its reader's own word.
    Delivered,
    /// Its reader said no.
    Refused,
    /// Nobody took its letter in time.
    RanOut,
    /// It went another way, so that its letter was called back.
    CalledBack,
}

impl OutboxState {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Queued => "queued",
            Self::Stored => "stored",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::RanOut => "ran out",
            Self::CalledBack => "called back",
        }
    }
}

/// A letter in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// The mailbox.
    pub mailbox: String,
    /// Since when.
    pub at: Moment,
    /// The signed deposit receipt, in hexadecimal.
    pub receipt: String,
}

impl From<&Deposit> for Held {
    fn from(deposit: &Deposit) -> Self {
        let mailbox = deposit.mailbox.to_string();
        Self { mailbox, at: Moment(deposit.at), receipt: super::hex(&deposit.receipt) }
    }
}

impl OutboxLine {
    /// A stored line with its place, and its letter if that waits.
    #[must_use]
    pub fn new(seq: u64, line: records::OutboxLine, queued: Option<records::Queued>) -> Self {
        let act = match &line.act {
            Act::Human => "human".to_owned(),
            Act::Rule(name) => format!("rule: {name}"),
        };
        let (state, said) = state(&line, queued.as_ref());
        let ended = line.end.as_ref().map(|end| end.deposits.as_slice());
        let deposits = queued.as_ref().map(|queued| queued.deposits.as_slice()).or(ended);
        Self {
            seq,
            at: Moment(line.at),
            kind: line.kind,
            id: line.id,
            to: line.to,
            bytes: line.bytes,
            act,
            state,
            mailboxes: deposits.unwrap_or_default().iter().map(Held::from).collect(),
            said,
        }
    }
}

fn state(line: &records::OutboxLine, queued: Option<&records::Queued>) -> (OutboxState, Option<String>) {
    let how = line.end.as_ref().map(|end| end.how);
    match (how, queued) {
        (Some(Ending::Receipt(Receipt::Stored)), _) => (OutboxState::Delivered, None),
        (Some(Ending::Receipt(no)), _) => (OutboxState::Refused, Some(no.words().to_owned())),
        (Some(Ending::RanOut), _) => (OutboxState::RanOut, None),
        (Some(Ending::CalledBack), _) => (OutboxState::CalledBack, None),
        (None, Some(queued)) if queued.deposits.is_empty() => (OutboxState::Queued, None),
        (None, Some(_)) => (OutboxState::Stored, None),
        (None, None) => (OutboxState::Sent, None),
    }
}

/// How the node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Version of the daemon.
    pub version: String,
    /// Its process.
    pub process: u32,
    /// Its name on the network in this run: it signs nothing.
    pub peer: String,
    /// Where it listens.
    pub addresses: Vec<String>,
    /// Started.
    pub started: Moment,
    /// The present, as the node sees it.
    pub now: Moment,
    /// Identity of the vendor card, when one is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Proof of work asked for on intents and cards, in bits.
    pub work_gossip: u8,
    /// Proof of work asked for on first offers, in bits.
    pub work_offer: u8,
    /// What is here.
    pub counts: Counts,
    /// Refusals since the start, by their code.
    pub refused: BTreeMap<String, u64>,
}

/// Numbers of things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Connected neighbours.
    pub connections: u64,
    /// Own intents that take offers.
    pub intents_open: u64,
    /// Matched intents of others that are open.
    pub matches_open: u64,
    /// Filters.
    pub filters: u64,
    /// Vendor cards.
    pub cards: u64,
    /// Talks about offers.
    pub offers: u64,
    /// Conduits.
    pub conduits: u64,
    /// Own letters that wait for their receipt.
    pub letters_waiting: u64,
    /// Objects taken in from gossip since the start.
    pub heard: u64,
    /// Live objects that are held, for nodes that slept.
    #[serde(default)]
    pub held: u64,
    /// Objects that comparisons with neighbours brought since the start.
    #[serde(default)]
    pub caught_up: u64,
    /// Bytes of others' live objects that are kept for nodes that slept and nothing else.
    #[serde(default)]
    pub shelf_bytes: u64,
    /// Insides of letters that were opened since the start.
    pub decryptions: u64,
    /// Number of the last event.
    pub last_event: u64,
    /// Bytes on disk.
    pub store_bytes: u64,
}

/// A neighbour: connected, remembered, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Its transport name.
    pub peer: String,
    /// Where it is.
    pub addresses: Vec<String>,
    /// Whether it is connected now.
    pub connected: bool,
    /// Whether a connection is kept and made again.
    pub remembered: bool,
    /// Whether this node dialled it.
    pub outbound: bool,
    /// The last measured round trip, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_micros: Option<u64>,
    /// Last time it was connected, when it is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Moment>,
}

impl Peer {
    /// Connected and remembered nodes in one list, by name.
    #[must_use]
    pub fn join(connected: Vec<PeerInfo>, remembered: Vec<records::PeerRecord>) -> Vec<Self> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        for record in remembered {
            let peer = record.peer.to_string();
            let addresses = record.addrs;
            let seen = Some(Moment(record.seen));
            all.insert(peer.clone(), Self { peer, addresses, remembered: true, seen, ..Self::default() });
        }
        for info in connected {
            let entry = all.entry(info.peer.to_string()).or_default();
            entry.meet(info);
        }
        all.into_values().collect()
    }

    fn meet(&mut self, info: PeerInfo) {
        self.peer = info.peer.to_string();
        self.addresses = info.addrs;
        self.connected = true;
        self.outbound = info.outbound;
        self.round_trip_micros = info.rtt.map(|rtt| u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX));
    }
}

/// What an invite link begins with.
const LINK: &str = "vrm:";

impl Invite {
    /// Of a node's addresses: those that others can reach come first.
    #[must_use]
    pub fn new(mut addresses: Vec<String>) -> Self {
        addresses.sort_by_key(|address| (rank(address), address.clone()));
        let link = addresses.first().map(|best| format!("{LINK}{best}")).unwrap_or_default();
        Self { addresses, link }
    }

    /// The multiaddress in what a person pasted: a link, or an address as it is.
    #[must_use]
    pub fn address_of(pasted: &str) -> &str {
        let pasted = pasted.trim();
        pasted.strip_prefix(LINK).unwrap_or(pasted)
    }
}

/// Public addresses, then those of a local network, then loopback; TCP before QUIC, because it passes more firewalls.
fn rank(address: &str) -> (u8, u8) {
    let place = address.split('/').nth(2).unwrap_or_default();
    let near = match place.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_loopback() => 2,
        Ok(std::net::IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => 1,
        _ => 0,
    };
    (near, u8::from(address.contains("/udp/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_shows_the_address_that_others_can_reach() {
        let all = [
            "/ip4/127.0.0.1/tcp/8762/p2p/A",
            "/ip4/192.168.1.7/udp/8762/quic-v1/p2p/A",
            "/ip4/192.168.1.7/tcp/8762/p2p/A",
        ];
        let invite = Invite::new(all.map(str::to_owned).into());
        assert_eq!(invite.link, "vrm:/ip4/192.168.1.7/tcp/8762/p2p/A");
        assert_eq!(Invite::address_of(&format!(" {}\n", invite.link)), "/ip4/192.168.1.7/tcp/8762/p2p/A");
        assert_eq!(Invite::new(Vec::new()).link, "");
    }
}
