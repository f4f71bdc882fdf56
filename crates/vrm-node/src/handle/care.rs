//! What follows a deal, as a running node reads and writes it: receipts, things, cases, disclosures.
//!
//! Each reading is a fold over outlines of journals, done beside the run thread; what is opened is only what it is about.
//! Knows: which fold runs over which conduits. Must not know the rules of receipts or cases.

use std::sync::Arc;

use vrm_core::body::{Body, Discount, Receipt};
use vrm_core::value::Text;
use vrm_core::{Cid, Hash};
use vrm_protocol::cases::{self, Casebook};
use vrm_protocol::conduits::Outlined;
use vrm_protocol::disclosures::{self, Datum, Planned};
use vrm_protocol::discounts::{self, Unusable};
use vrm_protocol::purchases::{self, AT_A_TIME, Found, OwnReceipt, Sale};
use vrm_protocol::records::{Conduit, Opened};
use vrm_protocol::store::{StoreError, View};
use vrm_protocol::{Act, Command, Refusal, Reply, query};

use super::NodeHandle;
use crate::error::NodeError;

impl NodeHandle {
    /// Every receipt, the last sale first: those in journals, and those of the customer's own that no vendor signed.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn receipts(&self) -> Result<Vec<Found>, NodeError> {
        let of_journals = self.folded(None, purchases::in_journal).await?;
        let own = self.read(purchases::own).await?;
        Ok(purchases::all(of_journals.into_iter().flat_map(|(_, found)| found).collect(), own))
    }

    /// Keeps receipts that the customer made herself; returns those that are new here. Nothing leaves.
    ///
    /// # Errors
    /// [`NodeError::Refused`]; what came before the refused ones is kept.
    pub async fn keep_receipts(&self, receipts: Vec<OwnReceipt>) -> Result<Vec<Hash>, NodeError> {
        let mut all = Vec::new();
        for some in receipts.chunks(AT_A_TIME) {
            match self.command(Command::KeepReceipts(some.to_vec()), Act::Human).await? {
                Reply::Kept { new } => all.extend(new),
                _ => return Err(NodeError::Broken("the machine")),
            }
        }
        Ok(all)
    }

    /// Forgets a receipt that the customer made herself.
    ///
    /// # Errors
    /// [`NodeError::Refused`].
    pub async fn forget_receipt(&self, receipt: Hash) -> Result<(), NodeError> {
        self.command(Command::ForgetReceipt { receipt }, Act::Human).await.map(drop)
    }

    /// A receipt drafted from the order that opened a conduit, with the order's total. Nothing is written.
    ///
    /// # Errors
    /// [`NodeError::Refused`] when the deal is not here, or its sums can't be counted.
    pub async fn receipt_of_order(&self, conduit: Hash, sale: Sale) -> Result<Receipt, NodeError> {
        let drafted = self.read(move |view| draft(view, &conduit, sale)).await?;
        drafted.map_err(NodeError::Refused)
    }

    /// The name on this node's own card.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn own_name(&self) -> Result<Option<Text<120>>, NodeError> {
        Ok(self.read(query::own_card).await?.map(|card| card.body().name.clone()))
    }

    /// The cases of one conduit, or of all.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn cases(&self, conduit: Option<Hash>) -> Result<Vec<(Conduit, Casebook)>, NodeError> {
        self.folded(conduit, |view, conduit, outline| cases::read(view, &conduit.id, outline)).await
    }

    /// Whether a discount may be used now, and if not, why.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn usable(
        &self,
        conduit: Hash,
        discount: Cid,
    ) -> Result<Result<Discount, Unusable>, NodeError> {
        let (now, outlines) = (self.now(), Arc::clone(&self.0.outlines));
        self.read(move |view| {
            let outline = outlines.read(view, &conduit)?;
            discounts::usable(view, &conduit, &outline, &discount, now)
        })
        .await
    }

    /// What every conduit would get of a datum, and why some get nothing. Nothing is written.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub async fn plan_disclosure(&self, datum: Datum) -> Result<Vec<Planned>, NodeError> {
        let now = self.now();
        let plan = move |view: &dyn View, conduit: &Conduit, outline: &[Outlined]| {
            disclosures::plan(view, conduit, outline, &datum, now)
        };
        Ok(self.folded(None, plan).await?.into_iter().map(|(_, planned)| planned).collect())
    }

    /// Writes what a plan has for one conduit; returns the entry.
    ///
    /// # Errors
    /// As [`NodeHandle::append`]; nothing is written where the plan has nothing.
    pub async fn disclose(&self, planned: &Planned) -> Result<Option<Cid>, NodeError> {
        match &planned.what {
            Ok(said) => self.append(planned.conduit, &Body::from(said.clone())).await.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Folds the journal of one conduit, or of each, oldest conduit first.
    async fn folded<T, F>(&self, conduit: Option<Hash>, fold: F) -> Result<Vec<(Conduit, T)>, NodeError>
    where
        T: Send + 'static,
        F: Fn(&dyn View, &Conduit, &[Outlined]) -> Result<T, StoreError> + Send + 'static,
    {
        let outlines = Arc::clone(&self.0.outlines);
        self.read(move |view| {
            let mut conduits = match conduit {
                Some(id) => query::conduit(view, &id)?.into_iter().collect(),
                None => query::conduits(view)?,
            };
            conduits.sort_by_key(|conduit| (conduit.at, conduit.id));
            let one = |conduit: Conduit| {
                let outline = outlines.read(view, &conduit.id)?;
                fold(view, &conduit, &outline).map(|folded| (conduit, folded))
            };
            conduits.into_iter().map(one).collect()
        })
        .await
    }
}

fn draft(view: &dyn View, conduit: &Hash, sale: Sale) -> Result<Result<Receipt, Refusal>, StoreError> {
    let Some(conduit) = query::conduit(view, conduit)? else { return Ok(Err(Refusal::NoSuchConduit)) };
    let Opened::Deal { order, offer } = conduit.opened else { return Ok(Err(Refusal::NoSuchOffer)) };
    let Some(deal) = query::deal(view, &offer)? else { return Ok(Err(Refusal::NoSuchOffer)) };
    let (_, proposal) = deal.standing()?;
    let responsible = sale.responsible.clone().or(Some(deal.read_offer()?.body().responsible.clone()));
    let drafted = purchases::from_order(order, &proposal, &Sale { responsible, ..sale });
    Ok(drafted.ok_or(Refusal::BadProposal))
}
