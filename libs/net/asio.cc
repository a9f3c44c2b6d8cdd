// Asio's own code, compiled once: everywhere else only its declarations are.
#include <boost/asio/impl/src.hpp>
