//! The expression language of filters, ranking and rules: parser, types, bounded evaluator, explanation.
