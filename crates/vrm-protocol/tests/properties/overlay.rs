//! A view of a store with a batch laid over it reads as the store will once the batch is committed.

use std::ops::ControlFlow;

use proptest::prelude::*;
use vrm_protocol::store::{Batch, Overlay, Store, View};
use vrm_store::MemoryStore;

fn keys() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..4, 1..5)
}

fn batches() -> impl Strategy<Value = Batch> {
    prop::collection::vec((keys(), any::<Option<u8>>()), 0..24).prop_map(|ops| {
        let mut batch = Batch::new();
        for (key, value) in ops {
            match value {
                Some(value) => batch.put(key, vec![value]),
                None => batch.delete(key),
            }
        }
        batch
    })
}

/// The first `most` pairs of a range.
fn pairs(view: &dyn View, prefix: &[u8], from: Option<&[u8]>, most: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    let visit = &mut |k: &[u8], v: &[u8]| {
        pairs.push((k.to_vec(), v.to_vec()));
        if pairs.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    view.scan(prefix, from, visit).unwrap();
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn it_reads_as_if_it_were_committed(
        base in batches(), over in batches(), prefix in prop::collection::vec(0u8..4, 0..3), from in prop::option::of(keys()), most in 1usize..30,
    ) {
        let store = MemoryStore::new();
        store.commit(&base).unwrap();
        let committed = store.snapshot();
        committed.commit(&over).unwrap();
        let overlay = Overlay::new(&store, &over);
        prop_assert_eq!(pairs(&overlay, &prefix, from.as_deref(), most), pairs(&committed, &prefix, from.as_deref(), most));
        for (key, _) in base.ops().chain(over.ops()) {
            prop_assert_eq!(overlay.get(key).unwrap(), committed.get(key).unwrap());
        }
    }
}
