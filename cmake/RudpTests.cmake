# What all tests have in common.
set(RUDP_TEST_PATIENCE 1 CACHE STRING "A test counts as hung after so many times its usual limit; for slow builds")
set(RUDP_TEST_SEEDS 2000 CACHE STRING "How many worlds of the simulator ctest runs, beside those that once found a bug")

# rudp_test_limits(NAME LABEL SECONDS): the label, and how long it may take on a machine that does other things
# as well. A test that exits 77 was skipped; it must say why on its last line.
function(rudp_test_limits name label seconds)
  math(EXPR seconds "${seconds} * ${RUDP_TEST_PATIENCE}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${seconds} SKIP_RETURN_CODE 77 LABELS ${label})
endfunction()
