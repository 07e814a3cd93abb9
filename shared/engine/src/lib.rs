//! What a step needs from its surroundings.
