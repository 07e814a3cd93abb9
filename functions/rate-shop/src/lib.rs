//! rate-shop
