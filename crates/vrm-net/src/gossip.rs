//! Gossipsub as we use it: anonymous authors, our own message id, explicit validation, scores for quiet
//! topics.
//!
//! Knows the library's settings and why each differs from its default. Does not know what is gossiped.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, IdentTopic, Message, MessageAuthenticity, MessageId, PeerScoreParams,
    PeerScoreThresholds, TopicHash, TopicScoreParams, ValidationMode,
};
use sha2::{Digest, Sha256};

use crate::config::{GossipConfig, Topic};
use crate::error::NetError;

/// Bytes of the hash that name a message: enough that nobody finds two of one name, and digests stay small.
const ID_LEN: usize = 20;

/// Ids in one digest. A digest names the messages of three heartbeats; one that must leave some out leaves
/// holes in a flood, so this covers 660 messages a second in 44 KB.
const MAX_DIGEST_IDS: usize = 2000;

/// Control bytes taken in one frame, the limit that other implementations use. The library's default is
/// below the digest of a busy second, and the receiver would answer that by resetting the stream.
const MAX_CONTROL: usize = 256 * 1024;

/// A whole frame: the largest control part.
const MAX_FRAME: usize = MAX_CONTROL + 1024;

/// How long a message may wait for one neighbour: as long as a digest may still name it. The library drops
/// forwarded ones after a second, which on a busy machine loses what a moment later would have arrived.
const QUEUED_FOR: Duration = Duration::from_secs(5);

/// What the library puts around a payload: the topic's name and a few field tags.
const FRAMING: usize = 256;

/// How long a message's id is remembered here. The node keeps its own until the object expires.
const SEEN_FOR: Duration = Duration::from_secs(60);

/// Peers on one address before they count as one crowd: an office behind one router.
const CROWD: f64 = 64.0;

/// Messages that a digest promised and that did not come, before it counts against the neighbour. One that
/// is drowning breaks hundreds of promises in good faith, and to ignore it would lose yet more.
const BROKEN_PROMISES: f64 = 500.0;

/// The behaviour, subscribed to the configured topics.
pub(crate) fn behaviour(config: &GossipConfig) -> Result<Behaviour, NetError> {
    let refused = |why: &dyn std::fmt::Display| NetError::Gossip(why.to_string());
    let settings = settings(config).build().map_err(|e| refused(&e))?;
    let mut gossip = Behaviour::new(MessageAuthenticity::Anonymous, settings).map_err(|e| refused(&e))?;
    let scores = scores(&config.topics);
    gossip.with_peer_score(scores, thresholds()).map_err(|e| refused(&e))?;
    for topic in &config.topics {
        gossip.subscribe(&ident(topic)).map_err(|e| refused(&e))?;
    }
    Ok(gossip)
}

/// The library's name of a topic.
pub(crate) fn ident(topic: &Topic) -> IdentTopic {
    IdentTopic::new(topic.as_str())
}

/// Our topics by the library's names.
pub(crate) fn by_hash(topics: &[Topic]) -> HashMap<TopicHash, Topic> {
    topics.iter().map(|topic| (ident(topic).hash(), topic.clone())).collect()
}

fn settings(config: &GossipConfig) -> ConfigBuilder {
    let mut settings = ConfigBuilder::default();
    settings
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        // A node's own message goes to its mesh only, not to all: the first to hear would know the author.
        .flood_publish(false)
        .max_transmit_size(MAX_FRAME)
        .max_control_message_size(MAX_CONTROL)
        .max_control_messages_sent(MAX_DIGEST_IDS)
        .connection_handler_queue_len(config.peer_queue)
        .publish_queue_duration(QUEUED_FOR)
        .forward_queue_duration(QUEUED_FOR)
        .duplicate_cache_time(SEEN_FOR)
        .idontwant_message_size_threshold(config.idontwant_above);
    mesh(&mut settings, config);
    settings
}

fn mesh(settings: &mut ConfigBuilder, config: &GossipConfig) {
    settings
        .heartbeat_initial_delay(config.heartbeat)
        .heartbeat_interval(config.heartbeat)
        .mesh_n(config.mesh)
        .mesh_n_low(config.mesh_low)
        .mesh_n_high(config.mesh_high)
        // At least one neighbour that we chose ourselves, so that strangers cannot surround us.
        .mesh_outbound_min((config.mesh / 2).min(1))
        .retain_scores(config.mesh_low)
        .gossip_lazy(config.lazy);
    for topic in &config.topics {
        settings.max_transmit_size_for_topic(config.max_payload + FRAMING, ident(topic).hash());
    }
}

/// The first bytes of the SHA-256 of the data. The default id is made of author and number, which anonymous
/// messages don't have: all of them would be duplicates of the first.
fn message_id(message: &Message) -> MessageId {
    MessageId::new(&Sha256::digest(&message.data)[..ID_LEN])
}

/// Scores that blame nobody for silence or for load: topics are quiet and honest nodes are slow at times.
fn scores(topics: &[Topic]) -> PeerScoreParams {
    let topics = topics.iter().map(|topic| (ident(topic).hash(), topic_scores()));
    PeerScoreParams {
        topics: topics.collect(),
        slow_peer_weight: 0.0,
        ip_colocation_factor_threshold: CROWD,
        ip_colocation_factor_whitelist: [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            .into(),
        behaviour_penalty_threshold: BROKEN_PROMISES,
        ..PeerScoreParams::default()
    }
}

fn topic_scores() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        // A neighbour of long standing is worth a little more, up to an hour.
        time_in_mesh_weight: 0.01,
        time_in_mesh_quantum: Duration::from_secs(1),
        first_message_deliveries_weight: 0.1,
        first_message_deliveries_decay: 0.9,
        first_message_deliveries_cap: 100.0,
        // P3 and P3b: a quiet neighbour is no bad neighbour.
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        // P4, squared: seven rejected messages in a row cost a neighbour our digests, nine our own messages.
        // After ten it is banned here, which also holds across connections.
        invalid_message_deliveries_weight: -1.0,
        invalid_message_deliveries_decay: 0.95,
        ..TopicScoreParams::default()
    }
}

fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -40.0,
        publish_threshold: -80.0,
        graylist_threshold: -160.0,
        accept_px_threshold: 10.0,
        opportunistic_graft_threshold: 1.0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id(data: &[u8]) -> MessageId {
        message_id(&Message {
            source: None,
            data: data.to_vec(),
            sequence_number: None,
            topic: TopicHash::from_raw("t"),
        })
    }

    #[test]
    fn the_id_is_the_head_of_a_sha256() {
        insta::assert_snapshot!(id(b"abc").to_string(), @"ba7816bf8f01cfea414140de5dae2223b00361a3");
        assert_ne!(id(b"alice"), id(b"bob"));
    }

    #[test]
    fn the_defaults_hold_together() {
        assert!(behaviour(&GossipConfig::new(&["vrm/1/intents", "vrm/1/cards"])).is_ok());
    }

    #[test]
    fn a_mesh_that_contradicts_itself_is_refused() {
        let config = GossipConfig { mesh_low: 9, ..GossipConfig::new(&["t"]) };
        assert!(matches!(behaviour(&config), Err(NetError::Gossip(_))));
    }

    #[test]
    fn the_scores_are_valid() {
        assert_eq!(scores(&[Topic::new("t")]).validate(), Ok(()));
        assert_eq!(thresholds().validate(), Ok(()));
        assert_eq!(topic_scores().validate(), Ok(()));
    }
}
