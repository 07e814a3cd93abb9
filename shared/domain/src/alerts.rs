//! What people have to know: exceptions, alarms, and who receives them.

pub mod alarm;
pub mod exception;
pub mod recipient;
