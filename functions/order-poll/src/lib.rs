//! order-poll
