//! The read side: what is shown, put together from the rows it is kept in.

pub mod sub_task;
