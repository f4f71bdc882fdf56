//! What the objects are: ids, keys, values, the signed envelope, sealing, and every kind that travels.
