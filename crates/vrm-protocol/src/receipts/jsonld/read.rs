//! Makes a receipt of an invoice or an order.
//!
//! Knows: the properties that shops use, and ours. Must not mend what it reads: what is missing is filled in only where
//! nothing else can be meant, and then told.

use vrm_core::body::{Basis, Paid, Receipt, Seller, Source, Tax, Totals};
use vrm_core::value::{Currency, Money, Text, Timestamp};

use super::super::error::{ImportError, Place};
use super::super::{Imported, fields, finish, when};
use super::tree::{self, Node};
use super::{Known, line};

/// An order being read: the invoice or order at the top, and the orders in it.
pub(super) struct Reader<'a> {
    pub(super) place: Place,
    pub(super) currency: Currency,
    /// The top, then the orders that it references or the invoice that it is part of.
    pub(super) nodes: Vec<&'a Node>,
    pub(super) notes: Vec<String>,
}

pub(super) fn receipt(
    top: &Node,
    place: Place,
    known: &Known,
    from: Source,
) -> Result<Imported, ImportError> {
    let mut nodes = vec![top];
    nodes.extend(tree::nodes(top, "referencesOrder").chain(tree::nodes(top, "partOfInvoice")));
    let currency = currency(&nodes, place)?;
    let mut reader = Reader { place, currency, nodes, notes: Vec::new() };
    let receipt = reader.receipt(known)?;
    finish(receipt, from, reader.notes, place)
}

fn currency(nodes: &[&Node], place: Place) -> Result<Currency, ImportError> {
    let code = nodes.iter().find_map(|node| currency_code(node));
    let code =
        code.ok_or_else(|| ImportError::field(place, "priceCurrency", "is missing; add it, such as EUR"))?;
    code.trim().parse().map_err(|why| ImportError::field(place, "priceCurrency", why))
}

fn currency_code(node: &Node) -> Option<String> {
    let own = ["vrm:currency", "priceCurrency", "currency"].iter().find_map(|key| tree::text(node, key));
    let inner = || {
        let keys = ["totalPaymentDue", "priceSpecification", "acceptedOffer", "orderedItem", "offers"];
        keys.iter().flat_map(|key| tree::nodes(node, key)).find_map(shallow_code)
    };
    own.or_else(inner)
}

fn shallow_code(node: &Node) -> Option<String> {
    let of = |node: &Node| ["priceCurrency", "currency"].iter().find_map(|key| tree::text(node, key));
    of(node).or_else(|| tree::nodes(node, "priceSpecification").find_map(of))
}

impl<'a> Reader<'a> {
    pub(super) fn fail(&self, field: impl Into<String>, why: impl std::fmt::Display) -> ImportError {
        ImportError::field(self.place, field, why)
    }

    fn receipt(&mut self, known: &Known) -> Result<Receipt, ImportError> {
        let lines = line::all(self)?;
        let seller = self.seller(known)?;
        let totals = self.totals(&lines)?;
        Ok(Receipt {
            seller,
            sold: self.sold(known)?,
            currency: self.currency,
            basis: self.basis()?,
            taxes: self.taxes()?,
            totals,
            lines,
            number: self.code("confirmationNumber"),
            order_number: self.code("orderNumber"),
            order: self.parsed("vrm:order")?,
            paid: self.paid(),
            return_until: self.moment("vrm:returnUntil")?,
            warranty_until: self.moment("vrm:warrantyUntil")?,
            responsible: self.first("vrm:responsible").and_then(|raw| self.line_of("vrm:responsible", &raw)),
            own: None,
        })
    }

    /// The first text of a property, of the top or of what belongs to it.
    fn first(&self, key: &str) -> Option<String> {
        self.nodes.iter().find_map(|node| tree::text(node, key))
    }

    fn line_of<const MAX: usize>(&mut self, key: &str, raw: &str) -> Option<Text<MAX>> {
        fields::text(raw, key, &mut self.notes)
    }

    fn code<const MAX: usize>(&mut self, key: &str) -> Option<Text<MAX>> {
        let raw = self.first(key)?;
        fields::code(&raw, key, &mut self.notes)
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str) -> Result<Option<T>, ImportError>
    where
        T::Err: std::fmt::Display,
    {
        self.first(key).map(|raw| raw.parse()).transpose().map_err(|why| self.fail(key, why))
    }

    fn moment(&self, key: &str) -> Result<Option<Timestamp>, ImportError> {
        self.first(key).map(|raw| when::read(&raw)).transpose().map_err(|why| self.fail(key, why))
    }

    fn sold(&mut self, known: &Known) -> Result<Timestamp, ImportError> {
        for key in ["orderDate", "dateIssued", "dateCreated", "datePublished"] {
            if let Some(sold) = self.moment(key)? {
                return Ok(sold);
            }
        }
        let sold = known
            .sold
            .ok_or_else(|| self.fail("orderDate", "is missing; add the day, such as 2026-03-01"))?;
        self.notes.push("the day of the order was missing; the mail's stands for it".to_owned());
        Ok(sold)
    }

    fn seller(&mut self, known: &Known) -> Result<Seller, ImportError> {
        let keys = ["provider", "seller", "merchant", "broker"];
        let found = keys.iter().find_map(|key| {
            let name = self.first(key)?;
            Some((name, self.nodes.iter().find_map(|node| tree::node(node, key))))
        });
        let (name, node) = match (found, &known.seller) {
            (Some(found), _) => found,
            (None, Some(name)) => {
                self.notes.push("the seller was missing; the mail's sender stands for it".to_owned());
                (name.clone(), None)
            }
            (None, None) => return Err(self.fail("seller", "is missing; add it with its name")),
        };
        let name = self
            .line_of("seller", &name)
            .ok_or_else(|| self.fail("seller", "has a blank name; fill it in"))?;
        Ok(self.about_seller(name, node))
    }

    fn about_seller(&mut self, name: Text<200>, node: Option<&Node>) -> Seller {
        let text = |key: &str| node.and_then(|node| tree::text(node, key));
        let tax_id = text("taxID").or_else(|| text("vatID"));
        let address = node.and_then(address);
        Seller {
            name,
            tax_id: tax_id.and_then(|raw| fields::code(&raw, "taxID", &mut self.notes)),
            address: address.and_then(|raw| fields::text(&raw, "address", &mut self.notes)),
            url: text("url").and_then(|raw| fields::code(&raw, "url", &mut self.notes)),
        }
    }

    fn paid(&mut self) -> Option<Paid> {
        let method = self.first("paymentMethod")?;
        let is_term = ["http://schema.org/", "https://schema.org/"].iter().any(|at| method.starts_with(at));
        let method = if is_term { tree::bare(&method) } else { &method };
        Some(Paid { method: self.line_of("paymentMethod", method)?, reference: self.code("paymentMethodId") })
    }

    fn basis(&self) -> Result<Basis, ImportError> {
        match self.first("vrm:basis").as_deref() {
            Some("net") => Ok(Basis::Net),
            Some("gross") => Ok(Basis::Gross),
            Some(_) => {
                Err(self.fail("vrm:basis", "is neither net nor gross; write gross when prices hold the tax"))
            }
            None => Ok(self.told_basis()),
        }
    }

    /// What the first price says about its tax; where none does, prices to consumers hold it.
    fn told_basis(&self) -> Basis {
        let offers = self.nodes.iter().flat_map(|node| tree::nodes(node, "acceptedOffer"));
        let mut prices = offers.flat_map(|offer| tree::nodes(offer, "priceSpecification"));
        let told = prices.find_map(|price| price.get("valueAddedTaxIncluded")?.as_bool());
        if told == Some(false) { Basis::Net } else { Basis::Gross }
    }

    fn taxes(&self) -> Result<Vec<Tax>, ImportError> {
        let nodes = self.nodes.iter().flat_map(|node| tree::nodes(node, "vrm:taxes"));
        nodes.map(|node| self.tax(node)).collect()
    }

    fn tax(&self, node: &Node) -> Result<Tax, ImportError> {
        let missing = || self.fail("vrm:taxes", "needs taxRate in basis points, net and tax in each entry");
        let rate = line::rate(node).map_err(|why| self.fail("vrm:taxes", why))?;
        let money = |key: &str| tree::text(node, key).ok_or_else(missing);
        let read = |text: String| text.parse::<Money>().map_err(|why| self.fail("vrm:taxes", why));
        Ok(Tax {
            rate: rate.ok_or_else(missing)?,
            net: read(money("vrm:net")?)?,
            tax: read(money("vrm:tax")?)?,
        })
    }

    fn totals(&mut self, lines: &[vrm_core::body::Line]) -> Result<Totals, ImportError> {
        let gross = match self.gross()? {
            Some(gross) => gross,
            None => {
                self.notes.push("the total was missing; the sum of the lines stands for it".to_owned());
                Money::sum(self.currency, lines.iter().map(|line| line.amount))
                    .map_err(|why| self.fail("price", why))?
            }
        };
        Ok(Totals {
            net: self.parsed("vrm:net")?,
            tax: self.parsed("vrm:tax")?,
            rounded: self.parsed("vrm:rounded")?,
            gross,
        })
    }

    /// What is due, where the top or what belongs to it says so.
    pub(super) fn gross(&self) -> Result<Option<Money>, ImportError> {
        for node in &self.nodes {
            for key in ["totalPaymentDue", "price", "priceSpecification"] {
                let Some(digits) = tree::number(node, key).map_err(|why| self.fail(key, why))? else {
                    continue;
                };
                let own = tree::node(node, key).and_then(shallow_code);
                let currency = own.map(|code| code.trim().parse()).transpose();
                let currency = currency.map_err(|why: vrm_core::value::CurrencyError| self.fail(key, why))?;
                let money = fields::money(&digits, currency.unwrap_or(self.currency));
                return money.map(Some).map_err(|why| self.fail(key, why));
            }
        }
        Ok(None)
    }
}

/// An address as text, or its parts in one line.
fn address(seller: &Node) -> Option<String> {
    let Some(node) = tree::node(seller, "address") else { return tree::text(seller, "address") };
    let keys = ["streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"];
    let parts: Vec<String> = keys.iter().filter_map(|key| tree::text(node, key)).collect();
    if parts.is_empty() { tree::text(seller, "address") } else { Some(parts.join(", ")) }
}
