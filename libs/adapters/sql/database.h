// What the stores may ask of a relational database. sqlite::Database and postgres::Database both
// have this shape; a store is a template over it, so that its SQL and its rules stand once.
//
//   Status Write(const Context&, Durability, Work)   one transaction; OK = committed
//   Status Read(const Context&, Work)                what is committed, as of one moment
//
// Work is Status(Connection&). It may run again when the database asks for it, so what it captures
// is set, never added to. A Connection gives
//
//   Statement Prepare(std::string_view sql)   parameters are ? in order, or ?1, ?2, …
//   void Lock(std::string_view name)          until the transaction ends no other has this name
//
// and a Statement Bind(value), Step(), Run(), RunCounting(), Text(i), Int(i), Double(i), IsNull(i).
// Send() says that the rows will be wanted soon and nothing is written until then: a database
// behind a network fetches them in one journey with the Step that comes next. Run() may be put off
// in the same way: its failure then shows in a later Step or in Write.
#pragma once

#include "libs/base/status.h"

namespace vang::sql {

enum class Durability {
  kDurable,   // on the medium before Write returns
  kBuffered,  // survives the process, not the power: for bookkeeping that can be done again
};

// Calls `each` on every row of the statement.
template <typename Statement, typename Each>
Status ForEachRow(Statement& statement, Each each) {
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return {};
    each(statement);
  }
}

}  // namespace vang::sql
