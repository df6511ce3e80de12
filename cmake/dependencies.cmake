find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.83 REQUIRED COMPONENTS json url system container)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(fmt REQUIRED)
find_package(date REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)

# The bodies of Asio, its TLS part and Beast, once for the whole build.
add_library(nearfar_boost_net STATIC ${CMAKE_SOURCE_DIR}/cmake/boost_net.cpp)
target_link_libraries(nearfar_boost_net PUBLIC project_options Boost::headers Boost::system OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
