// One connection to a PostgreSQL server, in pipeline mode: what is Run, Sent or Locked waits here
// and travels with the next Step, so that a transaction costs as many journeys as it has questions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/base/status.h"

struct pg_conn;
struct pg_result;

namespace vang::postgres {

class Connection;

// A statement with its parameters bound in order. The first error of a batch is the answer of every
// later Step on the connection, until its transaction has ended.
class Statement {
 public:
  Statement& Bind(std::string_view text);
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(std::int64_t value);
  Statement& Bind(int value) { return Bind(static_cast<std::int64_t>(value)); }
  Statement& Bind(double value);
  // Without a value NULL, of the value's type.
  template <typename T>
  Statement& Bind(const std::optional<T>& value) {
    Bind(value.value_or(T()));
    return value ? *this : MakeNull();
  }

  // See libs/adapters/sql/database.h.
  Statement& Send();
  Result<bool> Step();
  Status Run();
  Result<int> RunCounting();

  // Of the row that the last Step came to.
  std::string Text(int column) const;
  std::int64_t Int(int column) const;
  double Double(int column) const;
  bool IsNull(int column) const;
  std::optional<std::int64_t> OptionalInt(int column) const;
  std::optional<double> OptionalDouble(int column) const;

 private:
  friend class Connection;
  struct Command;
  Statement(Connection* connection, std::string_view sql);
  Statement& MakeNull();

  Connection* connection_;
  std::shared_ptr<Command> command_;
  int row_ = -1;
};

// Used by one thread at a time.
class Connection {
 public:
  // After IN: the texts of a bound JSON array.
  static constexpr const char* kJsonTexts = "(SELECT jsonb_array_elements_text(CAST(? AS jsonb)))";

  // Takes `connection`, connected; `schema` tells the names of Lock apart between schemas.
  Connection(pg_conn* connection, std::string schema);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whose deadline and stop count from now on; no wait is longer than `limit`. Forgets what was
  // queued and what failed before.
  void Begin(const Context& context, Duration limit);

  Statement Prepare(std::string_view sql);
  // Taken in the order of the calls, held until the transaction ends.
  void Lock(std::string_view name);
  // What Lock hashes, for statements that take the same lock themselves.
  std::string LockName(std::string_view name) const;
  // Sends what waits and takes in the answers.
  Status Flush();
  // Statements without parameters, separated by semicolons, outside of the pipeline.
  Status Execute(const std::string& script);
  // Ends the transaction, if there is one, without its effects.
  void Rollback();

  // The failure was a conflict with another transaction.
  bool conflict() const { return conflict_; }
  // The server or the network has gone, or a deadline left answers on the way: of no more use.
  bool lost() const { return lost_; }
  // The connection was lost when everything had been sent and nothing was refused: it may all have
  // been done.
  bool outcome_unknown() const { return lost_ && !refused_; }
  // Whether nothing has arrived from the server since the last answer, least of all its goodbye.
  bool Quiet();

 private:
  friend class Statement;
  struct Impl;

  void Queue(const std::shared_ptr<Statement::Command>& command);
  Status Exchange(const std::vector<std::shared_ptr<Statement::Command>>& batch);
  Status Receive(const Context& context, Statement::Command* command);
  Status SendOne(Statement::Command& command);
  Status WaitForResult(const Context& context);
  Status Lost();

  const std::unique_ptr<Impl> impl_;
  Context context_;
  Duration limit_{0};
  Status failed_;
  bool conflict_ = false;
  bool refused_ = false;  // the server answered with an error
  bool lost_ = false;
};

}  // namespace vang::postgres
