//! From the node's errors to problems: the same codes and remedies, in the API's classes.

use vrm_node::{NodeError, Trouble};

use crate::dto::{Class, Problem};

impl From<Trouble> for Class {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NotFound => Self::NotFound,
            Trouble::ByRule => Self::Refused,
            Trouble::Usage => Self::Usage,
            Trouble::Taken => Self::NotAllowed,
            Trouble::Store => Self::Store,
            Trouble::TimedOut => Self::TimedOut,
            Trouble::Closed => Self::NoDaemon,
            Trouble::Network | Trouble::Failed => Self::Failed,
        }
    }
}

impl From<NodeError> for Problem {
    fn from(error: NodeError) -> Self {
        let class = Class::from(error.class());
        let problem =
            Self::new(class, error.code(), title(class)).because(error.to_string()).mend(error.fix());
        if error.may_retry() { problem.worth_retrying() } else { problem }
    }
}

fn title(class: Class) -> &'static str {
    match class {
        Class::Failed => "this did not work",
        Class::Usage => "this cannot be done as it was asked",
        Class::NoDaemon => "the node is stopping",
        Class::NotAllowed => "somebody else holds this",
        Class::NotFound => "there is no such thing here",
        Class::Refused => "this is refused",
        Class::TimedOut => "no answer in time; it may still complete",
        Class::Store => "the store is in trouble",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use vrm_protocol::{REFUSALS, Refusal};

    #[test]
    fn every_refusal_reaches_people_with_its_code_cause_and_fix() {
        for row in REFUSALS {
            let problem = Problem::from(NodeError::Refused(row.refusal));
            assert_eq!((problem.code.as_str(), problem.fix.as_str()), (row.code, row.fix));
            assert_eq!(problem.cause, row.cause);
            assert_eq!(problem.status, problem.class.status());
        }
    }

    #[test]
    fn a_second_counter_is_refused_and_a_missing_offer_is_not_found() {
        let class = |refusal| Problem::from(NodeError::Refused(refusal)).class;
        assert_eq!(class(Refusal::SecondCounter).exit_code(), 6);
        assert_eq!(class(Refusal::NoSuchOffer).exit_code(), 5);
        assert_eq!(class(Refusal::BadFilter).exit_code(), 2);
        assert_eq!(class(Refusal::Store).exit_code(), 8);
    }
}
